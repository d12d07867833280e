package io.batchnorm.types;

import io.batchnorm.core.RejectionReason;
import java.util.Objects;
import java.util.Optional;
import org.apache.flink.api.common.typeinfo.TypeInfo;

/**
 * An input that was not normalized and changed nothing.
 *
 * @param key of the input, empty if it had none
 * @param id of the input
 * @param reason its {@link RejectionReason#code() code} is stable
 * @param message what came, what was wanted, how to fix it, in one sentence
 * @param origin where the input lies, empty if it came from no log, or got past its reader
 */
@TypeInfo(BatchNormTypes.RejectedRecordFactory.class)
public record RejectedRecord(
    String key, String id, RejectionReason reason, String message, Optional<Origin> origin) {
  public RejectedRecord {
    Objects.requireNonNull(key, "key");
    Objects.requireNonNull(id, "id");
    Objects.requireNonNull(reason, "reason");
    Objects.requireNonNull(message, "message");
    Objects.requireNonNull(origin, "origin");
  }

  /** An input that came from no log. */
  public RejectedRecord(String key, String id, RejectionReason reason, String message) {
    this(key, id, reason, message, Optional.empty());
  }

  /** The same, with where the input lies. */
  public RejectedRecord from(Origin origin) {
    return new RejectedRecord(key, id, reason, message, Optional.of(origin));
  }
}
