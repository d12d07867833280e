package io.batchnorm.operator;

import io.batchnorm.core.Averaging;
import io.batchnorm.core.FeatureMap;
import io.batchnorm.core.InvalidBatchException;
import io.batchnorm.core.Layer;
import io.batchnorm.core.LayerState;
import io.batchnorm.core.Mode;
import io.batchnorm.core.RejectionReason;
import io.batchnorm.core.RunningStatistics;
import io.batchnorm.core.Step;
import io.batchnorm.types.BatchNormTypes;
import io.batchnorm.types.Directive;
import io.batchnorm.types.FeatureBatch;
import io.batchnorm.types.KeyState;
import io.batchnorm.types.NormalizedBatch;
import io.batchnorm.types.RejectedRecord;
import java.util.Optional;
import java.util.function.BiFunction;
import org.apache.flink.api.common.functions.RuntimeContext;
import org.apache.flink.api.common.state.BroadcastState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.streaming.api.TimerService;
import org.apache.flink.util.Collector;

/**
 * The layers of all keys of one subtask: what {@link BatchNormFunction} and {@link
 * ControlledBatchNormFunction} have in common. Fetches the state of a key, brings its directives up
 * to date, lets {@link Layer} do the step, writes back and emits.
 */
final class KeyedLayers {
  static final ValueStateDescriptor<KeyState> STATE =
      new ValueStateDescriptor<>("layer", BatchNormTypes.KEY_STATE);

  /** The settings that the statistics were learned by, for those who export them. */
  static final MapStateDescriptor<String, String> CONFIG =
      new MapStateDescriptor<>("config", Types.STRING, Types.STRING);

  /** The event time of the one such timer of each key. */
  private static final long END_OF_INPUT = Long.MAX_VALUE;

  private final BatchNormSettings settings;
  private final BiFunction<FeatureMap, LayerState, Step> layer;
  private final ValueState<KeyState> state;
  private final DirectiveLog directives;
  private final FrozenKeys frozenKeys;
  private final IdleKeys idleKeys;
  private final BatchNormMetrics metrics;
  private final boolean restored;

  KeyedLayers(
      BatchNormSettings settings, RuntimeContext runtime, FunctionInitializationContext context)
      throws Exception {
    this(
        settings,
        new Layer(settings.config(), settings.mode(), settings.ownsInput())::apply,
        SliceNote.NONE,
        runtime,
        context);
  }

  /**
   * @param layer what a batch does to a layer
   * @param width channels of a slice, {@link SliceNote#NONE} if layers are whole
   */
  KeyedLayers(
      BatchNormSettings settings,
      BiFunction<FeatureMap, LayerState, Step> layer,
      int width,
      RuntimeContext runtime,
      FunctionInitializationContext context)
      throws Exception {
    SliceNote.check(context.getOperatorStateStore(), width);
    this.settings = settings;
    this.layer = layer;
    state = context.getKeyedStateStore().getState(STATE);
    directives =
        DirectiveLog.restored(
            context.getOperatorStateStore(), settings.seeds(), settings.beforeControl());
    frozenKeys = FrozenKeys.restored(context.getOperatorStateStore(), runtime.getTaskInfo());
    idleKeys = new IdleKeys(settings.stateTtl(), context.getKeyedStateStore());
    metrics = new BatchNormMetrics(runtime.getMetricGroup(), frozenKeys);
    restored = context.isRestored();
    noteConfig(context.getOperatorStateStore().getBroadcastState(CONFIG));
    SliceNote.write(context.getOperatorStateStore(), width);
  }

  /** Eval mode learns nothing, so it leaves the note of whoever did. */
  private void noteConfig(BroadcastState<String, String> config) throws Exception {
    if (settings.mode() == Mode.TRAIN) {
      config.clear();
      config.putAll(settings.config().asText());
    }
  }

  void snapshot() throws Exception {
    frozenKeys.snapshot();
  }

  void normalize(
      FeatureBatch batch, TimerService timers, Collector<NormalizedBatch> out, SideOutput side)
      throws Exception {
    normalize(batch, timers, side, new WholeLayerOutput(metrics, out, side));
  }

  void normalize(FeatureBatch batch, TimerService timers, SideOutput side, LayerOutput out)
      throws Exception {
    if (settings.tellsOpened() && OpenedBatch.is(batch)) {
      idleKeys.opened(timers);
      return;
    }
    KeyState stored = state.value();
    KeyState before = stored == null ? KeyState.NEW : stored;
    KeyState current = directives.caughtUp(batch.key(), before);
    Step step = null;
    try {
      checkKey(batch.key());
      step = layer.apply(batch.features(), current.layer());
    } catch (InvalidBatchException e) {
      metrics.rejections().reject(batch, e, side);
    }
    KeyState stepped = step == null ? current : current.afterBatch(step.next());
    KeyState after = step == null ? current : directives.afterBatch(stepped);
    store(batch.key(), stored, after, timers);
    out.changed(batch.key(), before, current);
    if (step != null) {
      out.normalized(batch, step);
    }
    out.changed(batch.key(), stepped, after);
    boolean replaced = replaced(before, current) || replaced(stepped, after);
    if (replaced || isDue(before, after)) {
      tell(batch.key(), before, after, replaced, out);
    }
  }

  /** Whether a command put other statistics in the place of those that were there. */
  @SuppressWarnings("ReferenceEquality") // the same object if there was none: no need to compare
  private static boolean replaced(KeyState before, KeyState after) {
    return before != after && !before.layer().statistics().equals(after.layer().statistics());
  }

  /** The name of all keys cannot be that of one: its statistics could never be loaded again. */
  private static void checkKey(String key) {
    if (key.equals(Directive.ALL_KEYS)) {
      throw new InvalidBatchException(
          RejectionReason.MALFORMED_INPUT,
          "the key is \"*\", which stands for all keys in commands; rename it");
    }
  }

  /**
   * Every key with state has one timer, which fires at end of input. In a drained savepoint it has
   * fired already, so a restored job sets it again.
   */
  private void store(String key, KeyState stored, KeyState after, TimerService timers)
      throws Exception {
    boolean isNew = stored == null;
    if (!after.equals(isNew ? KeyState.NEW : stored)) {
      state.update(after);
      frozenKeys.changed(key, !isNew && stored.layer().frozen(), after.layer().frozen());
      if (isNew || restored) {
        timers.registerEventTimeTimer(END_OF_INPUT);
      }
    } else if (isNew) {
      return;
    }
    idleKeys.used(isNew, timers);
  }

  private boolean isDue(KeyState before, KeyState after) {
    boolean froze = !before.layer().frozen() && after.layer().frozen();
    boolean interval =
        settings.statisticsEvery() > 0
            && after.batches() > before.batches()
            && after.batches() % settings.statisticsEvery() == 0;
    return froze || interval;
  }

  /** Every other time is one of {@link IdleKeys}. */
  void onTimer(long timestamp, String key, TimerService timers, SideOutput side) throws Exception {
    if (timestamp == END_OF_INPUT) {
      endOfInput(key, new WholeLayerOutput(metrics, null, side));
    } else {
      expire(key, timers, side);
    }
  }

  /**
   * Forgets the key of the firing timer if it is idle, and emits what it had learned. It is then as
   * one that was never seen. A key that is frozen, or that a command freezes now, stays.
   */
  private void expire(String key, TimerService timers, SideOutput side) throws Exception {
    if (!idleKeys.isIdle(timers)) {
      return;
    }
    KeyState stored = state.value();
    KeyState after = directives.caughtUp(key, stored);
    boolean stays = after.layer().frozen();
    boolean replaced = replaced(stored, after);
    if (stays) {
      store(key, stored, after, timers);
    }
    if (!stays || replaced || isDue(stored, after)) {
      tell(key, stored, after, replaced, new WholeLayerOutput(metrics, null, side));
    }
    if (!stays) {
      forget(key, stored, timers);
    }
  }

  private void forget(String key, KeyState stored, TimerService timers) throws Exception {
    frozenKeys.changed(key, stored.layer().frozen(), /* after= */ false);
    timers.deleteEventTimeTimer(END_OF_INPUT);
    state.clear();
    idleKeys.forget();
    metrics.expired();
  }

  /**
   * Tells what the key of the firing timer has learned.
   *
   * @return its state then, which is not stored
   */
  KeyState endOfInput(String key, LayerOutput out) throws Exception {
    KeyState stored = state.value();
    KeyState before = stored == null ? KeyState.NEW : stored;
    KeyState after = directives.caughtUp(key, before);
    out.changed(key, before, after);
    tell(key, before, after, replaced(before, after), out);
    return after;
  }

  /** Stores the state of a key whose timer has fired. */
  void keep(String key, KeyState after) throws Exception {
    KeyState stored = state.value();
    if (stored != null) {
      state.update(after);
      frozenKeys.changed(key, stored.layer().frozen(), after.layer().frozen());
    }
  }

  BatchNormMetrics metrics() {
    return metrics;
  }

  private static Optional<RunningStatistics> learned(KeyState state) {
    return state.layer().statistics().filter(statistics -> !statistics.isInitial());
  }

  /** A key that never learned has nothing to tell. One that did and was reset tells that. */
  private void tell(String key, KeyState before, KeyState after, boolean replaced, LayerOutput out)
      throws Exception {
    if (learned(after).isPresent() || learned(before).isPresent()) {
      out.tell(key, after.layer(), idleKeys.announce() || replaced);
    }
  }

  /** Takes in a directive of the control stream. */
  void direct(Directive directive, boolean first, SideOutput side) throws Exception {
    Optional<String> fault = fault(directive, settings);
    if (fault.isEmpty()) {
      directives.append(directive);
    } else if (first) {
      // Every subtask sees every directive; one of them reports.
      RejectedRecord rejected =
          new RejectedRecord(
              directive.key(),
              directive.command().code(),
              RejectionReason.MALFORMED_COMMAND,
              fault.get());
      metrics.rejections().reject(rejected, side);
    }
  }

  /** What makes a directive impossible under these settings. */
  static Optional<String> fault(Directive directive, BatchNormSettings settings) {
    boolean population =
        settings.config().averaging().kind() == Averaging.Kind.POPULATION
            && settings.mode() == Mode.TRAIN;
    boolean countless =
        directive.statistics() != null
            && directive.statistics().count() == RunningStatistics.UNKNOWN_COUNT;
    return population && countless
        ? Optional.of(
            "the statistics to load for key %s do not say how many values are behind them, which"
                    .formatted(directive.key())
                + " averaging=population must know; use exponential or cumulative averaging")
        : Optional.empty();
  }
}
