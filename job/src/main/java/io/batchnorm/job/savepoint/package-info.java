/**
 * Statistics out of and into savepoints, through Flink's State Processor API.
 *
 * <p>What comes out is what the job itself would tell at end of input. What goes in is read back
 * and compared, because that API drops failures: without the comparison, a savepoint that lost
 * everything looks like a good one. Damaged savepoints end in one sentence, a {@link
 * io.batchnorm.job.savepoint.SavepointException}.
 */
package io.batchnorm.job.savepoint;
