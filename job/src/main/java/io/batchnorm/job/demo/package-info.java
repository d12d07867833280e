/**
 * Real data that comes with the job, and the tables that say what became of it. The job itself is
 * the same that {@code run} starts.
 */
package io.batchnorm.job.demo;
