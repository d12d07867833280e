package io.batchnorm.operator;

import static org.assertj.core.api.Assertions.assertThat;

import io.batchnorm.core.Mode;
import io.batchnorm.core.RunningStatistics;
import io.batchnorm.types.Directive;
import io.batchnorm.types.FeatureBatch;
import io.batchnorm.types.KeyState;
import io.batchnorm.types.NormalizedBatch;
import io.batchnorm.types.RunningStatisticsSerializer;
import java.util.HashSet;
import java.util.Set;
import org.apache.flink.core.memory.DataOutputSerializer;

/**
 * Knows of one key whether it is frozen and which bytes its statistics must then be. It knows
 * nothing of how a key learns: what an unfrozen key has after a batch is taken as it is.
 *
 * <p>Of a frozen key, nothing but a load or reset that names it changes a bit: the freeze stays,
 * the numbers are replaced.
 */
final class FreezeTracker {
  private static final byte[] NONE = {};

  private long batches;
  private boolean frozen;
  private final Set<Long> freezesAfter = new HashSet<>();
  private RunningStatistics statistics;
  private boolean commanded;

  /** A command that reaches the key; the operator takes it in with the key's next record. */
  void direct(Directive directive) {
    if (directive.afterBatches() > batches) {
      assertThat(directive.command()).isEqualTo(Directive.Command.FREEZE);
      freezesAfter.add(directive.afterBatches());
      return;
    }
    commanded = true;
    switch (directive.command()) {
      case FREEZE -> frozen = true;
      case UNFREEZE -> frozen = false;
      case RESET -> statistics = null;
      case LOAD -> statistics = directive.statistics();
    }
  }

  boolean isFrozen() {
    return frozen;
  }

  /** A record of the key has been processed, and this is what became of key and record. */
  void afterRecord(FeatureBatch batch, NormalizedBatch normalized, KeyState state)
      throws Exception {
    commanded = false;
    if (frozen) {
      assertUnchanged(state);
      if (normalized != null) {
        assertNormalizedByFrozen(batch, normalized);
      }
    } else if (normalized != null) {
      assertThat(normalized.mode()).isEqualTo(Mode.TRAIN);
    } else {
      assertUnchanged(state);
    }
    statistics = state == null ? null : state.layer().statistics().orElse(null);
    if (normalized != null) {
      batches++;
      frozen |= freezesAfter.contains(batches);
    }
  }

  private void assertNormalizedByFrozen(FeatureBatch batch, NormalizedBatch normalized) {
    assertThat(normalized.mode()).isEqualTo(Mode.EVAL);
    assertThat(normalized.numBatchesTracked()).isEqualTo(statistics.numBatchesTracked());
    assertThat(normalized.features().values())
        .containsExactly(Published.normalized(batch, statistics));
  }

  /** At any moment: other keys, bad records, restores and rescales change nothing. */
  void assertUnchangedMeanwhile(KeyState state) throws Exception {
    // Until its next record a key in state does not show what commands have made of it.
    if (!commanded) {
      assertUnchanged(state);
    }
  }

  private void assertUnchanged(KeyState state) throws Exception {
    RunningStatistics now = state == null ? null : state.layer().statistics().orElse(null);
    assertThat(bytes(now)).isEqualTo(bytes(statistics));
  }

  private static byte[] bytes(RunningStatistics statistics) throws Exception {
    if (statistics == null) {
      return NONE;
    }
    DataOutputSerializer out = new DataOutputSerializer(64);
    new RunningStatisticsSerializer().serialize(statistics, out);
    return out.getCopyOfBuffer();
  }
}
