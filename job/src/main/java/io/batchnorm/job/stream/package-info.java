/**
 * The statistics stream: a training job appends what its keys learn to a file of JSON lines, and a
 * serving job follows that file while both run.
 *
 * <p>At the edges: a file that is not there yet is waited for. A line that is not finished yet is
 * left for later; when the follower's own job ends, it is read as it is. A line that is no
 * statistics is a rejected record, and so is one above {@link
 * io.batchnorm.job.stream.StatisticsStream#MAX_LINE_BYTES}, which is skipped without being held in
 * memory. A file that became shorter, was replaced, or says other things than before where it was
 * read last, is read again from its start; then its malformed lines are rejected again. A failure
 * to read is tried again and kills nothing.
 */
package io.batchnorm.job.stream;
