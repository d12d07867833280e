package io.batchnorm.job.kafka;

import io.batchnorm.types.KeyStatistics;
import io.batchnorm.types.RejectedRecord;

/** Outcome of a record that should be a {@link KeyStatistics}. */
public record TopicStatistics(KeyStatistics accepted, RejectedRecord rejected)
    implements Outcome<KeyStatistics> {}
