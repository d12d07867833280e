package io.batchnorm.job.kafka;

import io.batchnorm.types.FeatureBatch;
import io.batchnorm.types.RejectedRecord;

/** Outcome of a record that should be a {@link FeatureBatch}. */
public record TopicFeatures(FeatureBatch accepted, RejectedRecord rejected)
    implements Outcome<FeatureBatch> {}
