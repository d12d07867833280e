package io.batchnorm.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.batchnorm.types.BatchPart;
import io.batchnorm.types.BatchPiece;
import io.batchnorm.types.FeatureBatch;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.AbstractStreamOperatorTestHarness;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class JoinOperatorTest {
  private static final FeatureBatch BATCH = Batches.of("camera", 1);
  private static final FeatureBatch LATER = Batches.of("camera", 2);

  private static BatchPiece piece(FeatureBatch batch, long number, int from, int to) {
    return BatchPiece.of(batch, 0, number).channels(from, to);
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void passesWhatWasNotCutAsItIs(Backend backend) throws Exception {
    try (JoinerSubtask joiner = JoinerSubtask.open(backend, false)) {
      joiner.takes(piece(LATER, 0, 0, 1));
      joiner.takes(BATCH);

      assertThat(joiner.batches()).singleElement().isSameAs(BATCH);
    }
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void leavesNoStateWhereNothingWaits(Backend backend) throws Exception {
    try (JoinerSubtask joiner = JoinerSubtask.open(backend, false)) {
      joiner.takes(piece(BATCH, 0, 0, 1));
      joiner.takes(piece(BATCH, 0, 1, 3));

      assertThat(joiner.checkpoint(1).hasState()).isFalse();
      assertThat(joiner.batches()).containsExactly(BATCH);
    }
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void laterSnapshotForgetsWhatWaitedAtAnEarlierOne(Backend backend) throws Exception {
    try (JoinerSubtask joiner = JoinerSubtask.open(backend, false)) {
      joiner.takes(piece(BATCH, 0, 0, 1));
      joiner.checkpoint(1);
      joiner.takes(piece(BATCH, 0, 1, 3));
      OperatorSubtaskState state = joiner.checkpoint(2);
      try (JoinerSubtask after = JoinerSubtask.restore(backend, false, 1, 0, state)) {
        after.endOfInput();

        assertThat(after.batches()).isEmpty();
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void whatWaitsGoesWhereItsKeyGoes(Backend backend) throws Exception {
    OperatorSubtaskState state;
    try (JoinerSubtask joiner = JoinerSubtask.open(backend, false)) {
      for (String key : Batches.KEYS) {
        joiner.takes(piece(Batches.of(key, 1), 0, 0, 1));
      }
      state = joiner.checkpoint(1);
    }
    try (JoinerSubtask first = part(backend, state, 0);
        JoinerSubtask second = part(backend, state, 1)) {
      for (String key : Batches.KEYS) {
        (KeyedHarness.subtaskOf(key, 2) == 0 ? first : second)
            .takes(piece(Batches.of(key, 1), 0, 1, 3));
      }
      first.endOfInput();
      second.endOfInput();

      assertThat(first.batches()).isNotEmpty();
      assertThat(second.batches()).isNotEmpty();
      assertThat(first.batches().size() + second.batches().size()).isEqualTo(Batches.KEYS.size());
    }
  }

  private static JoinerSubtask part(Backend backend, OperatorSubtaskState state, int index)
      throws Exception {
    return JoinerSubtask.restore(
        backend,
        false,
        2,
        index,
        AbstractStreamOperatorTestHarness.repartitionOperatorState(
            state, KeyedHarness.MAX_PARALLELISM, 1, 2, index));
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void inOrderLaterBatchesWaitForEarlierOnes(Backend backend) throws Exception {
    OperatorSubtaskState state;
    try (JoinerSubtask joiner = JoinerSubtask.open(backend, true)) {
      joiner.takes(piece(BATCH, 1, 0, 1));
      joiner.takes(piece(LATER, 2, 0, 3));
      assertThat(joiner.batches()).isEmpty();
      state = joiner.checkpoint(1);
    }
    try (JoinerSubtask joiner = JoinerSubtask.restore(backend, true, 1, 0, state)) {
      joiner.takes(piece(BATCH, 1, 1, 3));

      assertThat(joiner.batches()).containsExactly(BATCH, LATER);
    }
  }

  /** Such a job wrote no whole batches before, so their numbers do not begin with 1. */
  @ParameterizedTest
  @EnumSource(Backend.class)
  void inOrderAnyNumberMayBeTheFirstInASavepointWithoutIt(Backend backend) throws Exception {
    OperatorSubtaskState none = OperatorSubtaskState.builder().build();
    OperatorSubtaskState state;
    try (JoinerSubtask joiner = JoinerSubtask.restore(backend, true, 1, 0, none)) {
      joiner.takes(piece(BATCH, 17, 0, 3));
      joiner.takes(piece(LATER, 19, 0, 3));

      assertThat(joiner.batches()).containsExactly(BATCH);
      state = joiner.checkpoint(1);
    }
    try (JoinerSubtask joiner = JoinerSubtask.restore(backend, true, 1, 0, state)) {
      joiner.takes(piece(Batches.of("sensor", 1), 5, 0, 3));
      joiner.takes(piece(BATCH, 18, 0, 3));

      assertThat(joiner.batches()).containsExactly(Batches.of("sensor", 1), BATCH, LATER);
    }
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void batchHasTheTimestampOfItsPieces(Backend backend) throws Exception {
    try (JoinerSubtask joiner = JoinerSubtask.open(backend, false)) {
      joiner.takes(new StreamRecord<BatchPart>(piece(BATCH, 0, 1, 3), 17));
      joiner.takes(new StreamRecord<BatchPart>(piece(BATCH, 0, 0, 1), 17));
      joiner.takes(new StreamRecord<BatchPart>(LATER, 18));

      assertThat(joiner.records()).extracting(StreamRecord::getTimestamp).containsExactly(17L, 18L);
    }
  }

  /** Were it counted, the batch would be given without the values of another piece. */
  @ParameterizedTest
  @EnumSource(Backend.class)
  void pieceThatComesTwiceIsRefused(Backend backend) throws Exception {
    OperatorSubtaskState state;
    try (JoinerSubtask joiner = JoinerSubtask.open(backend, false)) {
      joiner.takes(piece(BATCH, 0, 0, 1));
      state = joiner.checkpoint(1);
    }
    try (JoinerSubtask joiner = JoinerSubtask.restore(backend, false, 1, 0, state)) {
      assertThatThrownBy(() -> joiner.takes(piece(BATCH, 0, 0, 2)))
          .hasMessageContaining(
              "samples 0 to 2, channels 0 to 2 of camera/0.0[2, 3, 2, 2] came twice");
      assertThat(joiner.batches()).isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void inOrderBatchThatComesAgainIsRefused(Backend backend) throws Exception {
    try (JoinerSubtask joiner = JoinerSubtask.open(backend, true)) {
      joiner.takes(piece(BATCH, 1, 0, 3));

      assertThatThrownBy(() -> joiner.takes(piece(BATCH, 1, 0, 3)))
          .hasMessageContaining("number 1 came again behind number 1");
    }
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void inOrderWhatHadToWaitForALostBatchIsNotPassedOverAtTheEnd(Backend backend) throws Exception {
    try (JoinerSubtask joiner = JoinerSubtask.open(backend, true)) {
      joiner.takes(piece(LATER, 2, 0, 3));

      assertThatThrownBy(joiner::endOfInput)
          .hasMessageContaining("what was to come before others is missing")
          .hasMessageContaining("\"camera\"");
    }
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void lostPieceIsNotPassedOverAtTheEnd(Backend backend) throws Exception {
    try (JoinerSubtask joiner = JoinerSubtask.open(backend, false)) {
      joiner.takes(piece(BATCH, 0, 0, 2));

      assertThatThrownBy(joiner::endOfInput).hasMessageContaining("pieces of batches are missing");
    }
  }
}
