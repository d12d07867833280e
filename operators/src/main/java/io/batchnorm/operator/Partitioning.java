package io.batchnorm.operator;

import io.batchnorm.types.FeatureBatch;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.DataStreamUtils;
import org.apache.flink.streaming.api.datastream.KeyedStream;

/** Partitions streams by key, or says that they are. */
final class Partitioning {
  private Partitioning() {}

  /**
   * A stream keyed by {@link FeatureBatch#key}.
   *
   * @param partitioned whether it is partitioned so already. A keyed stream still has its shuffle
   *     before it, which a forward edge would replace, so it is keyed anyway
   */
  static KeyedStream<FeatureBatch, String> byKey(
      DataStream<FeatureBatch> stream, boolean partitioned) {
    return shuffles(stream, partitioned)
        ? stream.keyBy(FeatureBatch::key, Types.STRING)
        : asIs(stream);
  }

  /** Whether {@link #byKey} goes through a shuffle, behind which every record is a copy. */
  static boolean shuffles(DataStream<FeatureBatch> stream, boolean partitioned) {
    return !partitioned || stream instanceof KeyedStream;
  }

  /**
   * Keyed without a shuffle, so that the operators stay in one chain. The method is experimental,
   * and the only public way to say that a stream is partitioned by its key already.
   */
  static KeyedStream<FeatureBatch, String> asIs(DataStream<FeatureBatch> stream) {
    return DataStreamUtils.reinterpretAsKeyedStream(stream, FeatureBatch::key, Types.STRING);
  }
}
