package io.batchnorm.job.stream;

import io.batchnorm.core.RejectionReason;
import io.batchnorm.types.BatchNormTypes;
import io.batchnorm.types.KeyStatistics;
import io.batchnorm.types.RejectedRecord;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Path;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.TimeDomain;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;
import org.apache.flink.util.OutputTag;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at the file every {@value #INTERVAL_MILLIS} ms from its first element on, and a last time
 * when its input has ended. It has one key; its state is where to go on.
 */
final class StatisticsFollower extends KeyedProcessFunction<String, String, KeyStatistics> {
  static final OutputTag<RejectedRecord> REJECTED =
      new OutputTag<>("rejected", BatchNormTypes.REJECTED_RECORD);
  static final long INTERVAL_MILLIS = 100;

  private static final long serialVersionUID = 1L;
  private static final Logger LOG = LoggerFactory.getLogger(StatisticsFollower.class);

  private final String file;
  private final FilePosition from;
  private final int maxLineBytes;
  private transient StatisticsTail tail;
  private transient ValueState<FilePosition> position;
  private transient boolean warned;

  StatisticsFollower(Path file, FilePosition from, int maxLineBytes) {
    this.file = file.toString();
    this.from = from;
    this.maxLineBytes = maxLineBytes;
  }

  @Override
  public void open(OpenContext context) {
    tail = new StatisticsTail(Path.of(file), maxLineBytes);
    position =
        getRuntimeContext()
            .getState(new ValueStateDescriptor<>("position", Types.POJO(FilePosition.class)));
  }

  @Override
  public void processElement(String start, Context ctx, Collector<KeyStatistics> out)
      throws Exception {
    look(false, ctx, out);
    lookAgainLater(ctx);
  }

  @Override
  public void onTimer(long timestamp, OnTimerContext ctx, Collector<KeyStatistics> out)
      throws Exception {
    if (ctx.timeDomain() == TimeDomain.EVENT_TIME) {
      look(true, ctx, out);
    } else if (ctx.timerService().currentWatermark() < Long.MAX_VALUE) {
      look(false, ctx, out);
      lookAgainLater(ctx);
    }
  }

  /** Also at the end; that was used up if the job goes on from a savepoint of a drained one. */
  private static void lookAgainLater(Context ctx) {
    ctx.timerService().registerEventTimeTimer(Long.MAX_VALUE);
    long now = ctx.timerService().currentProcessingTime();
    ctx.timerService().registerProcessingTimeTimer(now + INTERVAL_MILLIS);
  }

  private void look(boolean last, Context ctx, Collector<KeyStatistics> out) throws Exception {
    FilePosition held = position.value();
    FilePosition start = held == null ? from : held;
    try {
      StatisticsTail.Look look = tail.look(start, last, rejected -> ctx.output(REJECTED, rejected));
      if (!look.end().equals(held)) {
        position.update(look.end());
      }
      look.newest().values().forEach(out::collect);
      warned = false;
    } catch (ClosedByInterruptException e) {
      throw e;
    } catch (IOException e) {
      if (last) {
        ctx.output(REJECTED, unreadable(e));
      } else if (!warned) {
        LOG.warn("cannot read {} now, trying again every {} ms", file, INTERVAL_MILLIS, e);
        warned = true;
      }
    }
  }

  /** Nobody will try again. */
  private RejectedRecord unreadable(IOException e) {
    return new RejectedRecord(
        "",
        file,
        RejectionReason.UNREADABLE_INPUT,
        "%s cannot be read to its end: %s".formatted(file, e));
  }
}
