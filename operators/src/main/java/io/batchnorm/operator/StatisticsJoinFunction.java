package io.batchnorm.operator;

import io.batchnorm.core.RunningStatistics;
import io.batchnorm.core.Slice;
import io.batchnorm.types.KeyStatistics;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.java.tuple.Tuple4;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;

/** Puts together what the slices of a key tell of their statistics, in the order of the events. */
final class StatisticsJoinFunction
    extends KeyedProcessFunction<
        String, Tuple4<KeyStatistics, Long, Integer, Integer>, KeyStatistics>
    implements CheckpointedFunction {
  private static final long serialVersionUID = 1L;

  private static final Comparator<Tuple4<KeyStatistics, Long, Integer, Integer>> IN_ORDER =
      Comparator.<Tuple4<KeyStatistics, Long, Integer, Integer>>comparingLong(part -> part.f1)
          .thenComparingInt(part -> part.f2);

  private transient ListState<Tuple4<KeyStatistics, Long, Integer, Integer>> parts;
  private transient NumberOrder order;

  @Override
  public void initializeState(FunctionInitializationContext context) throws Exception {
    parts =
        context
            .getKeyedStateStore()
            .getListState(
                new ListStateDescriptor<>("parts", SliceOperator.STATISTICS.getTypeInfo()));
    order = new NumberOrder(context);
  }

  @Override
  public void snapshotState(FunctionSnapshotContext context) {}

  @Override
  public void processElement(
      Tuple4<KeyStatistics, Long, Integer, Integer> part, Context ctx, Collector<KeyStatistics> out)
      throws Exception {
    List<Tuple4<KeyStatistics, Long, Integer, Integer>> waiting = new ArrayList<>();
    parts.get().forEach(waiting::add);
    waiting.add(part);
    waiting.sort(IN_ORDER);
    int complete = completeAtFirst(waiting);
    while (complete > 0 && order.isNext(waiting.get(0).f1, () -> false)) {
      order.passed(waiting.get(0).f1);
      out.collect(joined(waiting.subList(0, complete)));
      waiting.subList(0, complete).clear();
      complete = completeAtFirst(waiting);
    }
    parts.update(waiting);
    if (!waiting.isEmpty()) {
      ctx.timerService().registerEventTimeTimer(Long.MAX_VALUE);
    }
  }

  /**
   * Fires at end of input.
   *
   * @throws IllegalStateException if some parts of an event are missing, which would be lost
   */
  @Override
  public void onTimer(long timestamp, OnTimerContext ctx, Collector<KeyStatistics> out)
      throws Exception {
    if (parts.get().iterator().hasNext()) {
      throw new IllegalStateException(
          "the input has ended and statistics of some slices are missing, of key \"%s\""
              .formatted(ctx.getCurrentKey()));
    }
  }

  /** How many parts the first event has, 0 if some are missing. */
  private static int completeAtFirst(List<Tuple4<KeyStatistics, Long, Integer, Integer>> parts) {
    int channels = 0;
    int count = 0;
    while (count < parts.size() && parts.get(count).f1.equals(parts.get(0).f1)) {
      channels += parts.get(count).f0.statistics().numFeatures();
      count++;
    }
    return count > 0 && channels == parts.get(0).f3 ? count : 0;
  }

  private static KeyStatistics joined(List<Tuple4<KeyStatistics, Long, Integer, Integer>> parts) {
    KeyStatistics first = parts.get(0).f0;
    RunningStatistics statistics =
        Slice.joined(parts.stream().map(part -> part.f0.statistics()).toList());
    return new KeyStatistics(first.key(), statistics, first.frozen(), first.reset());
  }
}
