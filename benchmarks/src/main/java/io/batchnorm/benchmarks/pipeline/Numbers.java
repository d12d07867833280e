package io.batchnorm.benchmarks.pipeline;

import java.util.List;
import org.apache.flink.api.connector.source.lib.NumberSequenceSource;

/**
 * Numbers in many parts, of which a subtask takes the next when it is done with one, as from the
 * files of a folder. With one part for each, all would wait for that on the slowest core.
 */
final class Numbers extends NumberSequenceSource {
  private static final long serialVersionUID = 1L;

  private static final int PARTS_PER_SUBTASK = 32;

  /** From 0 on. */
  Numbers(long count) {
    super(0, count - 1);
  }

  @Override
  protected List<NumberSequenceSplit> splitNumberRange(long from, long to, int subtasks) {
    return super.splitNumberRange(from, to, subtasks * PARTS_PER_SUBTASK);
  }
}
