package io.batchnorm.types;

import io.batchnorm.core.RejectionReason;
import java.util.Objects;
import org.apache.flink.api.common.typeinfo.TypeInfo;

/**
 * An input that was not normalized and changed nothing.
 *
 * @param key of the input, empty if it had none
 * @param id of the input
 * @param reason its {@link RejectionReason#code() code} is stable
 * @param message what came, what was wanted, how to fix it, in one sentence
 */
@TypeInfo(BatchNormTypes.RejectedRecordFactory.class)
public record RejectedRecord(String key, String id, RejectionReason reason, String message) {
  public RejectedRecord {
    Objects.requireNonNull(key, "key");
    Objects.requireNonNull(id, "id");
    Objects.requireNonNull(reason, "reason");
    Objects.requireNonNull(message, "message");
  }
}
