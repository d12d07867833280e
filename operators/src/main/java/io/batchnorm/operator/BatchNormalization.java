package io.batchnorm.operator;

import io.batchnorm.core.BatchNormConfig;
import io.batchnorm.core.Mode;
import io.batchnorm.core.RunningStatistics;
import io.batchnorm.types.Directive;
import io.batchnorm.types.FeatureBatch;
import io.batchnorm.types.KeyStatistics;
import io.batchnorm.types.NormalizedBatch;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.KeyedStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;

/**
 * Keyed batch normalization of a stream, with the numbers of {@code torch.nn.BatchNorm1d/2d/3d}.
 *
 * <pre>{@code
 * NormalizedStream result =
 *     BatchNormalization.ofBatches(batches)
 *         .config(BatchNormConfig.builder().averaging(Averaging.exponential(0.1)).build())
 *         .directives(List.of(Directive.freeze("*").afterBatches(1000)))
 *         .apply();
 * result.normalized().sinkTo(...);
 * result.rejected().sinkTo(...);
 * }</pre>
 *
 * <p>Names, uids and types of all operators are set here. Batches of a key are normalized in the
 * order in which they arrive.
 */
public final class BatchNormalization {
  /** The default of {@link #uid}, and the uid of the keyed operator. */
  public static final String DEFAULT_UID = "batchnorm";

  private static final Duration MAX_TTL = Duration.ofDays(36_500);

  private final DataStream<FeatureBatch> input;
  private final int batchSize;
  private Duration batchTimeout;
  private BatchNormConfig config = BatchNormConfig.defaults();
  private Mode mode = Mode.TRAIN;
  private final List<Directive> directives = new ArrayList<>();
  private DataStream<Directive> control;
  private List<Directive> beforeControl;
  private long statisticsEvery;
  private int channelsPerSlice;
  private Duration stateTtl;
  private boolean partitioned;
  private boolean inPlace;
  private String uid = DEFAULT_UID;

  private BatchNormalization(DataStream<FeatureBatch> input, int batchSize) {
    this.input = Objects.requireNonNull(input);
    this.batchSize = batchSize;
  }

  /** Normalizes each record as a batch {@code (N, C, *)}. */
  public static BatchNormalization ofBatches(DataStream<FeatureBatch> batches) {
    return new BatchNormalization(batches, 0);
  }

  /**
   * Collects samples {@code (1, C, *)} of each key into batches of {@code batchSize}, normalizes
   * these, and gives back samples with their own ids.
   *
   * @param batchSize samples per batch, at least 1
   */
  public static BatchNormalization ofSamples(DataStream<FeatureBatch> samples, int batchSize) {
    if (batchSize < 1) {
      throw new IllegalArgumentException("batchSize is %d, wanted 1 or more".formatted(batchSize));
    }
    return new BatchNormalization(samples, batchSize);
  }

  /** The settings of every layer; PyTorch's defaults unless given. */
  public BatchNormalization config(BatchNormConfig config) {
    this.config = Objects.requireNonNull(config);
    return this;
  }

  /** {@link Mode#EVAL} never learns and wants statistics; {@link Mode#TRAIN} unless given. */
  public BatchNormalization mode(Mode mode) {
    if (mode == Mode.ADAPT) {
      throw new IllegalArgumentException(
          "mode is adapt, wanted train or eval; use BatchNormServing");
    }
    this.mode = Objects.requireNonNull(mode);
    return this;
  }

  /** Lets samples wait no longer than this, in event time; they need timestamps then. */
  public BatchNormalization batchTimeout(Duration timeout) {
    if (batchSize == 0 || timeout.toMillis() < 1) {
      throw new IllegalArgumentException(
          "a batch timeout of %s: only samples are batched, and it is 1 ms or more"
              .formatted(timeout));
    }
    this.batchTimeout = timeout;
    return this;
  }

  /**
   * Statistics that keys start with.
   *
   * @throws IllegalArgumentException if a key is {@link Directive#ALL_KEYS}
   */
  public BatchNormalization initialStatistics(Map<String, RunningStatistics> byKey) {
    if (byKey.containsKey(Directive.ALL_KEYS)) {
      throw new IllegalArgumentException(
          "there are statistics of a key \"*\", which stands for all keys; rename it, or load"
              + " them for all keys by a directive");
    }
    byKey.forEach((key, statistics) -> directives.add(Directive.load(key, statistics)));
    return this;
  }

  /** Directives in force before the first record, in this order. */
  public BatchNormalization directives(List<Directive> inOrder) {
    directives.addAll(inOrder);
    return this;
  }

  /** Directives that arrive while the job runs; one ordered partition. */
  public BatchNormalization control(DataStream<Directive> control) {
    this.control = Objects.requireNonNull(control);
    return this;
  }

  /**
   * Directives that arrive while the job runs, behind a history that was read when the job was
   * built: it is in force before the first record. A restored job has taken it in already, however
   * long it has become, and goes on where its control stream was.
   *
   * @param history what came before {@code control} begins
   */
  public BatchNormalization control(List<Directive> history, DataStream<Directive> control) {
    this.beforeControl = List.copyOf(history);
    return control(control);
  }

  /** Also emits a key's statistics after every {@code batches} of its batches. */
  public BatchNormalization statisticsEvery(long batches) {
    if (batches < 1) {
      throw new IllegalArgumentException(
          "statistics every %d batches, wanted 1 or more".formatted(batches));
    }
    this.statisticsEvery = batches;
    return this;
  }

  /**
   * Says that the input is partitioned by {@code keyBy(FeatureBatch::key)} already and was only
   * mapped since, so that it is not shuffled again.
   */
  public BatchNormalization alreadyPartitioned() {
    this.partitioned = true;
    return this;
  }

  /**
   * Says that nobody else sees the arrays of an input that is {@link #alreadyPartitioned}, neither
   * another operator nor the code that made them, so that normalized values are written over the
   * raw ones. Behind a shuffle, and of samples, this is known.
   */
  public BatchNormalization inPlace() {
    this.inPlace = true;
    return this;
  }

  /**
   * Cuts layers into slices of so many channels, which are normalized in any subtask: for few keys
   * with many channels, or one hot key, on many cores. Statistics are per channel, so every bit is
   * that of whole layers. Take several slices for each core, as their keys are spread by hash. Not
   * with {@link #control}, nor with checkpoints that are only at least once; a job is restored with
   * the width it had.
   *
   * <p>All batches of a key are cut in one subtask, so those of an input that is not {@link
   * #alreadyPartitioned} are shuffled twice. One that is made in a single subtask is.
   */
  public BatchNormalization channelsPerSlice(int channels) {
    if (channels < 1) {
      throw new IllegalArgumentException(
          "channelsPerSlice is %d, wanted 1 or more".formatted(channels));
    }
    this.channelsPerSlice = channels;
    return this;
  }

  /**
   * Forgets keys of which no record came for so long, in processing time, and up to a sixteenth
   * more: their last statistics are emitted, and then they are as if they were never seen, with the
   * directives in force for such keys. The first statistics of every key say {@link
   * KeyStatistics#reset}, as it may have been there before. A frozen key is not forgotten while it
   * is, nor one whose samples wait for their batch, so give a {@link #batchTimeout} for samples.
   *
   * <p>The time that a job is down counts, but a restored one gives each key another sixteenth.
   * Keys of a savepoint without this begin with their next record. For {@link Mode#TRAIN}, and not
   * with {@link #channelsPerSlice}.
   *
   * @param ttl from 1 ms to 36500 days
   */
  public BatchNormalization stateTtl(Duration ttl) {
    if (ttl.compareTo(Duration.ofMillis(1)) < 0 || ttl.compareTo(MAX_TTL) > 0) {
      throw new IllegalArgumentException(
          "stateTtl is %s, wanted 1 ms to %d days".formatted(ttl, MAX_TTL.toDays()));
    }
    this.stateTtl = ttl;
    return this;
  }

  /** Prefix of all uids and names; give another one to each use in the same job. */
  public BatchNormalization uid(String uid) {
    this.uid = Objects.requireNonNull(uid);
    return this;
  }

  /**
   * Adds the operators to the job.
   *
   * @throws IllegalArgumentException if a directive is impossible under these settings, or some do
   *     not go together; all of them are named
   */
  public NormalizedStream apply() {
    BatchNormSettings settings =
        new BatchNormSettings(
            config,
            mode,
            SeedDirectives.of(directives),
            beforeControl == null ? null : SeedDirectives.of(beforeControl),
            statisticsEvery,
            ownsInput(),
            stateTtl == null ? 0 : stateTtl.toMillis(),
            tellsOpened());
    List<String> faults = faults(settings);
    if (!faults.isEmpty()) {
      throw new IllegalArgumentException(String.join("\n", faults));
    }
    return batchSize == 0 ? applyToBatches(settings) : applyToSamples(settings);
  }

  /** Micro-batches are made here, and behind a shuffle every record is a copy. */
  private boolean ownsInput() {
    return inPlace || batchSize > 0 || Partitioning.shuffles(input, partitioned);
  }

  private boolean tellsOpened() {
    return batchSize > 0 && stateTtl != null;
  }

  private List<String> faults(BatchNormSettings settings) {
    List<String> faults = new ArrayList<>();
    if (channelsPerSlice > 0) {
      faults.addAll(Misfits.ofSlices(input, control != null));
    }
    if (stateTtl != null) {
      faults.addAll(Misfits.ofStateTtl(mode, channelsPerSlice > 0));
    }
    Stream.concat(
            directives.stream(), beforeControl == null ? Stream.empty() : beforeControl.stream())
        .flatMap(directive -> KeyedLayers.fault(directive, settings).stream())
        .forEach(faults::add);
    return faults;
  }

  private NormalizedStream applyToBatches(BatchNormSettings settings) {
    if (channelsPerSlice > 0) {
      SlicedNormalization sliced =
          new SlicedNormalization(
              Partitioning.byKeyInPieces(input, partitioned, uid),
              partitioned && !(input instanceof KeyedStream),
              settings,
              channelsPerSlice,
              uid);
      return new NormalizedStream(
          sliced::whole, sliced::statistics, sliced.rejected(), sliced.slices());
    }
    SingleOutputStreamOperator<NormalizedBatch> normalized =
        KeyedNormalization.of(input, partitioned, control, settings, uid);
    return new NormalizedStream(
        normalized,
        normalized.getSideOutput(SideOutput.STATISTICS),
        normalized.getSideOutput(SideOutput.REJECTED));
  }

  private NormalizedStream applyToSamples(BatchNormSettings settings) {
    MicroBatches batches =
        MicroBatches.of(
            Partitioning.byKeyInPieces(input, partitioned, uid + "-samples"),
            batchSize,
            batchTimeout,
            config.nonFinite(),
            tellsOpened(),
            uid);
    if (channelsPerSlice > 0) {
      SlicedNormalization sliced =
          new SlicedNormalization(
              Partitioning.asIs(batches.batches()),
              /* partitioned= */ true,
              settings,
              channelsPerSlice,
              uid);
      return new NormalizedStream(
          () -> MicroBatches.samples(sliced.whole(), uid),
          sliced::statistics,
          batches.rejected().union(sliced.rejected()),
          sliced.slices());
    }
    SingleOutputStreamOperator<NormalizedBatch> normalized =
        KeyedNormalization.of(batches.batches(), /* partitioned= */ true, control, settings, uid);
    return new NormalizedStream(
        MicroBatches.samples(normalized, uid),
        normalized.getSideOutput(SideOutput.STATISTICS),
        batches.rejected().union(normalized.getSideOutput(SideOutput.REJECTED)));
  }
}
