package io.batchnorm.job.kafka;

import io.batchnorm.types.FeatureBatch;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * The largest records that the topics of the outputs take. A producer that is given a larger one
 * fails for ever, so a batch that would become one is found out before it is normalized.
 *
 * @param format of the normalized records
 * @param output topic of the normalized records, null if they go elsewhere
 * @param statistics topic of the statistics, null if they go elsewhere
 */
public record RecordSizes(Format format, Limit output, Limit statistics) implements Serializable {
  /** Headers of a record, and of the batch that it travels in. */
  private static final int ENVELOPE_BYTES = 1024;

  /** The header of a {@code .npy} document, or what JSON has beside the values. */
  private static final int HEADER_BYTES = 256;

  /** Mean and variance as float64, weight and bias as float32, in JSON. */
  private static final int CHANNEL_BYTES = 2 * 26 + 2 * FeatureJson.MAX_VALUE_BYTES;

  /**
   * What a topic takes.
   *
   * @param maxBytes of a record, {@code max.message.bytes}
   */
  public record Limit(String topic, int maxBytes) implements Serializable {}

  /** What a batch or sample would become that is too large, if there is such a thing. */
  Optional<String> fault(FeatureBatch batch) {
    return fault("its normalized record", normalized(batch), output)
        .or(() -> fault("the statistics of its key", learned(batch), statistics));
  }

  private long normalized(FeatureBatch batch) {
    long values = batch.features().values().length;
    String id = batch.ids().get(0);
    long value =
        format == Format.NPY
            ? values * Float.BYTES
            : values * FeatureJson.MAX_VALUE_BYTES + quoted(id);
    return ENVELOPE_BYTES + HEADER_BYTES + bytes(batch.key()) + bytes(id) + value;
  }

  private static long learned(FeatureBatch batch) {
    long channels = (long) CHANNEL_BYTES * batch.features().numFeatures();
    return ENVELOPE_BYTES + HEADER_BYTES + bytes(batch.key()) + quoted(batch.key()) + channels;
  }

  private static long bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }

  /** Within JSON, where a control character is written as six. */
  private static long quoted(String text) {
    return 6L * text.length();
  }

  private static Optional<String> fault(String what, long bytes, Limit limit) {
    return limit == null || bytes <= limit.maxBytes()
        ? Optional.empty()
        : Optional.of(
            "%s may take %,d bytes, topic %s takes %,d; raise its max.message.bytes and start again"
                .formatted(what, bytes, limit.topic(), limit.maxBytes()));
  }
}
