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
    long names = bytes(batch.key()) + bytes(batch.ids().get(0)) + ENVELOPE_BYTES + HEADER_BYTES;
    long valueBytes = format == Format.NPY ? Float.BYTES : FeatureJson.MAX_VALUE_BYTES;
    long normalized = names + valueBytes * batch.features().values().length;
    long learned = names + (long) CHANNEL_BYTES * batch.features().numFeatures();
    return fault("its normalized record", normalized, output)
        .or(() -> fault("the statistics of its key", learned, statistics));
  }

  private static long bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }

  private static Optional<String> fault(String what, long bytes, Limit limit) {
    return limit == null || bytes <= limit.maxBytes()
        ? Optional.empty()
        : Optional.of(
            "%s may take %,d bytes, topic %s takes %,d; raise its max.message.bytes and start again"
                .formatted(what, bytes, limit.topic(), limit.maxBytes()));
  }
}
