package io.batchnorm.job.input;

import io.batchnorm.types.FeatureBatch;
import io.batchnorm.types.RejectedRecord;

/**
 * A row of a table: a sample, or the reason why it is none.
 *
 * @param sample {@code (1, C)}, null if rejected
 * @param rejected null if there is a sample
 * @param time event time in milliseconds, {@link Long#MIN_VALUE} for none
 */
public record CsvRow(FeatureBatch sample, RejectedRecord rejected, long time) {}
