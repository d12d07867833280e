/**
 * Where normalized batches, rejected records and statistics go. A written file is complete or
 * absent: it gets its name only when its last byte is there, so a job that fails and starts again
 * leaves the same bytes.
 */
package io.batchnorm.job.output;
