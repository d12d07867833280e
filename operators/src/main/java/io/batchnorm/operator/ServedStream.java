package io.batchnorm.operator;

import io.batchnorm.types.NormalizedBatch;
import io.batchnorm.types.RejectedRecord;
import org.apache.flink.streaming.api.datastream.DataStream;

/**
 * What comes out of serving. Every input is in one of the two.
 *
 * @param normalized records with the mode and the numBatchesTracked of what normalized them
 * @param rejected inputs that were not normalized
 */
public record ServedStream(
    DataStream<NormalizedBatch> normalized, DataStream<RejectedRecord> rejected) {}
