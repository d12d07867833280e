package io.batchnorm.job.kafka;

import io.batchnorm.types.Directive;
import io.batchnorm.types.RejectedRecord;

/** Outcome of a record that should be a {@link Directive}. */
public record TopicCommand(Directive accepted, RejectedRecord rejected)
    implements Outcome<Directive> {}
