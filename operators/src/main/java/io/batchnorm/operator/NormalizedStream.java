package io.batchnorm.operator;

import io.batchnorm.types.KeyStatistics;
import io.batchnorm.types.NormalizedBatch;
import io.batchnorm.types.RejectedRecord;
import org.apache.flink.streaming.api.datastream.DataStream;

/**
 * What comes out of batch normalization. Every input is either in {@code normalized} or in {@code
 * rejected}.
 *
 * @param normalized batches, or samples if samples went in
 * @param statistics of a key when it is frozen, every so many batches if asked, and at end of input
 * @param rejected inputs that were not normalized and changed nothing
 */
public record NormalizedStream(
    DataStream<NormalizedBatch> normalized,
    DataStream<KeyStatistics> statistics,
    DataStream<RejectedRecord> rejected) {}
