package io.batchnorm.operator;

import io.batchnorm.core.BatchNormConfig;
import io.batchnorm.core.RunningStatistics;
import io.batchnorm.types.BatchNormTypes;
import io.batchnorm.types.Directive;
import io.batchnorm.types.FeatureBatch;
import io.batchnorm.types.KeyStatistics;
import io.batchnorm.types.NormalizedBatch;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;

/**
 * Batch normalization by frozen statistics, without a shuffle: {@code torch.nn.BatchNorm} in eval
 * mode.
 *
 * <pre>{@code
 * ServedStream result =
 *     BatchNormServing.of(batches, StatisticsFile.read(path).byKey()).apply();
 * }</pre>
 *
 * <p>Each record is normalized by itself, whether it is a batch {@code (N, C, *)} or a sample
 * {@code (1, C, *)}, and goes on in its place. There is no state, unless statistics are to change
 * while the job runs: see {@link #following}.
 */
public final class BatchNormServing {
  private static final int DEFAULT_HOLD = 1000;

  private final DataStream<FeatureBatch> input;
  private final SeedDirectives statistics;
  private DataStream<KeyStatistics> updates;
  private int hold = DEFAULT_HOLD;
  private BatchNormConfig config = BatchNormConfig.defaults();
  private double alpha;
  private int batchSize;
  private Duration batchTimeout;
  private boolean partitioned;
  private boolean inPlace;
  private String uid = BatchNormalization.DEFAULT_UID;

  private BatchNormServing(DataStream<FeatureBatch> input, SeedDirectives statistics) {
    this.input = Objects.requireNonNull(input);
    this.statistics = statistics;
  }

  /**
   * Normalizes records by the statistics of their keys.
   *
   * @param byKey may be empty, above all when {@link #following}
   */
  public static BatchNormServing of(
      DataStream<FeatureBatch> input, Map<String, RunningStatistics> byKey) {
    return new BatchNormServing(
        input,
        SeedDirectives.of(
            byKey.entrySet().stream()
                .map(entry -> Directive.load(entry.getKey(), entry.getValue()))
                .toList()));
  }

  /**
   * Serves by statistics that arrive while the job runs, such as {@link
   * NormalizedStream#statistics}. Each takes effect at once for all later records of its key, in
   * every subtask, unless it is older than what is there ({@link KeyStatistics#replaces}); those of
   * {@link #of} are where a new job begins, a restored one goes on with what it had. Every output
   * carries the {@code numBatchesTracked} of what normalized it.
   *
   * <p>A key that the stream says was reset has no statistics until its next, whatever their
   * version, so the stream must be in order within a key where it tells of resets. Records do not
   * wait for statistics if the policy {@link io.batchnorm.core.UnknownKey#INITIAL} lets them pass,
   * else see {@link #hold}.
   */
  public BatchNormServing following(DataStream<KeyStatistics> updates) {
    this.updates = Objects.requireNonNull(updates);
    return this;
  }

  /**
   * How many records of a subtask wait while there are no statistics of their keys, 1000 unless
   * given. When the statistics come, what waited for them is normalized by them, in order. More
   * records than that, and those that still wait when both streams have ended, are rejected with
   * the reason {@code statistics_not_arrived}. Those that wait are on the heap and in every
   * checkpoint, so choose fewer for feature maps of megabytes. A job that no longer follows does
   * not see those of its savepoint: drain it first. Without {@link #following} nothing waits.
   *
   * @param records 0 or more; every id of a batch is one
   */
  public BatchNormServing hold(int records) {
    if (records < 0) {
      throw new IllegalArgumentException("hold is %d, wanted 0 or more".formatted(records));
    }
    this.hold = records;
    return this;
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

  /**
   * Says that nobody else sees the input's arrays, neither another operator nor the code that made
   * them, so that normalized values are written over the raw ones, also in a batch that is rejected
   * for one that is not finite. Saves an array for each batch; without effect when {@link
   * #following}.
   */
  public BatchNormServing inPlace() {
    this.inPlace = true;
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
        (updates == null ? byKnown(batches) : byFollowed(batches))
            .uid(uid + "-serving")
            .name(uid + "-serving");
    if (batches instanceof SingleOutputStreamOperator) {
      // As many subtasks as what comes before, for only then does Flink chain the two. A stream
      // that was rebalanced, or partitioned otherwise, is to be spread over as many as may be.
      normalized.setParallelism(batches.getParallelism());
    }
    return new ServedStream(normalized, normalized.getSideOutput(SideOutput.REJECTED));
  }

  private SingleOutputStreamOperator<NormalizedBatch> byKnown(DataStream<FeatureBatch> batches) {
    return batches
        .process(new FrozenBatchNormFunction(config, alpha, statistics, inPlace))
        .returns(BatchNormTypes.NORMALIZED_BATCH);
  }

  private SingleOutputStreamOperator<NormalizedBatch> byFollowed(DataStream<FeatureBatch> batches) {
    return batches
        .connect(updates.broadcast())
        .transform(
            uid + "-serving",
            BatchNormTypes.NORMALIZED_BATCH,
            new FollowingBatchNormOperator(config, alpha, statistics, hold));
  }

  private ServedStream adaptedInBatches() {
    MicroBatches batches =
        MicroBatches.of(
            Partitioning.byKeyInPieces(input, partitioned, uid + "-samples"),
            batchSize,
            batchTimeout,
            config.nonFinite(),
            /* tellsOpened= */ false,
            uid);
    ServedStream served = served(batches.batches());
    return new ServedStream(
        MicroBatches.samples(served.normalized(), uid),
        batches.rejected().union(served.rejected()));
  }
}
