/**
 * Scripts of SQL: cut into statements, and carried out one after the other. Flink reads and plans
 * the statements; here is only what a session around them needs.
 */
package io.batchnorm.job.sql;
