package io.batchnorm.operator;

import io.batchnorm.core.BatchNormConfig;
import io.batchnorm.core.RunningStatistics;
import io.batchnorm.types.BatchNormTypes;
import io.batchnorm.types.Directive;
import io.batchnorm.types.FeatureBatch;
import io.batchnorm.types.NormalizedBatch;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;

/**
 * Batch normalization by frozen statistics, without state and without a shuffle: {@code
 * torch.nn.BatchNorm} in eval mode.
 *
 * <pre>{@code
 * ServedStream result =
 *     BatchNormServing.of(batches, StatisticsFile.read(path).byKey()).apply();
 * }</pre>
 *
 * <p>Each record is normalized by itself, whether it is a batch {@code (N, C, *)} or a sample
 * {@code (1, C, *)}, and goes on in its place. Statistics that are to change while the job runs
 * want {@link BatchNormalization}.
 */
public final class BatchNormServing {
  private final DataStream<FeatureBatch> input;
  private final SeedDirectives statistics;
  private BatchNormConfig config = BatchNormConfig.defaults();
  private double alpha;
  private int batchSize;
  private Duration batchTimeout;
  private boolean partitioned;
  private String uid = BatchNormalization.DEFAULT_UID;

  private BatchNormServing(DataStream<FeatureBatch> input, SeedDirectives statistics) {
    this.input = Objects.requireNonNull(input);
    this.statistics = statistics;
  }

  /** Normalizes records by the statistics of their keys. */
  public static BatchNormServing of(
      DataStream<FeatureBatch> input, Map<String, RunningStatistics> byKey) {
    return new BatchNormServing(
        input,
        SeedDirectives.of(
            byKey.entrySet().stream()
                .map(entry -> Directive.load(entry.getKey(), entry.getValue()))
                .toList()));
  }

  /** The settings of every layer; PyTorch's defaults unless given. */
  public BatchNormServing config(BatchNormConfig config) {
    this.config = Objects.requireNonNull(config);
    return this;
  }

  /**
   * Blends the statistics of each batch into the frozen ones, which stay as they are: {@code (1 -
   * alpha) * frozen + alpha * batch}.
   *
   * @param alpha in [0, 1]; 0 for none
   */
  public BatchNormServing adapt(double alpha) {
    if (!(alpha >= 0 && alpha <= 1)) {
      throw new IllegalArgumentException(
          "alpha is %s, wanted a number in [0, 1]: the weight of the batch".formatted(alpha));
    }
    this.alpha = alpha;
    return this;
  }

  /**
   * Says that the input is samples, which are adapted to in batches of a key. Without {@link
   * #adapt} samples need no batches.
   *
   * @param timeout event time that a sample waits at the most, or null for end of input
   */
  public BatchNormServing batches(int batchSize, Duration timeout) {
    if (batchSize < 1) {
      throw new IllegalArgumentException("batchSize is %d, wanted 1 or more".formatted(batchSize));
    }
    this.batchSize = batchSize;
    this.batchTimeout = timeout;
    return this;
  }

  /** Says that the input is partitioned by key already; see {@link BatchNormalization}. */
  public BatchNormServing alreadyPartitioned() {
    this.partitioned = true;
    return this;
  }

  /** Prefix of all uids and names; give another one to each use in the same job. */
  public BatchNormServing uid(String uid) {
    this.uid = Objects.requireNonNull(uid);
    return this;
  }

  /** Adds the operators to the job. */
  public ServedStream apply() {
    return batchSize > 0 && alpha > 0 ? adaptedInBatches() : served(input);
  }

  private ServedStream served(DataStream<FeatureBatch> batches) {
    SingleOutputStreamOperator<NormalizedBatch> normalized =
        batches
            .process(new FrozenBatchNormFunction(config, alpha, statistics))
            .returns(BatchNormTypes.NORMALIZED_BATCH)
            .uid(uid + "-serving")
            .name(uid + "-serving");
    return new ServedStream(normalized, normalized.getSideOutput(SideOutput.REJECTED));
  }

  private ServedStream adaptedInBatches() {
    MicroBatches batches =
        MicroBatches.of(
            Partitioning.byKey(input, partitioned),
            batchSize,
            batchTimeout,
            config.nonFinite(),
            uid);
    ServedStream served = served(batches.batches());
    return new ServedStream(
        MicroBatches.samples(served.normalized(), uid),
        batches.rejected().union(served.rejected()));
  }
}
