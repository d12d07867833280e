package io.batchnorm.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

/** Names that stand in metrics, files and rows of rejected records: changing one breaks users. */
class StableCodesTest {
  @Test
  void rejectionCodesAreStable() {
    assertThat(RejectionReason.WRONG_RANK.code()).isEqualTo("wrong_rank");
    assertThat(RejectionReason.EMPTY_BATCH.code()).isEqualTo("empty_batch");
    assertThat(RejectionReason.ONE_VALUE_PER_CHANNEL.code()).isEqualTo("one_value_per_channel");
    assertThat(RejectionReason.CHANNEL_MISMATCH.code()).isEqualTo("channel_mismatch");
    assertThat(RejectionReason.NON_FINITE.code()).isEqualTo("non_finite");
    assertThat(RejectionReason.NO_STATISTICS.code()).isEqualTo("no_statistics");
    assertThat(RejectionReason.UNKNOWN_COUNT.code()).isEqualTo("unknown_count");
    assertThat(RejectionReason.MALFORMED_INPUT.code()).isEqualTo("malformed_input");
    assertThat(RejectionReason.UNREADABLE_INPUT.code()).isEqualTo("unreadable_input");
    assertThat(RejectionReason.UNSUPPORTED_DTYPE.code()).isEqualTo("unsupported_dtype");
    assertThat(RejectionReason.TOO_LARGE.code()).isEqualTo("too_large");
    assertThat(RejectionReason.DUPLICATE_ID.code()).isEqualTo("duplicate_id");
    assertThat(RejectionReason.MALFORMED_COMMAND.code()).isEqualTo("malformed_command");
    assertThat(RejectionReason.STATISTICS_NOT_ARRIVED.code()).isEqualTo("statistics_not_arrived");
    assertThat(RejectionReason.MALFORMED_STATISTICS.code()).isEqualTo("malformed_statistics");
    assertThat(RejectionReason.values()).as("pin a new one here").hasSize(15);
  }

  @Test
  void everyRejectionReasonIsFoundByItsCode() {
    for (RejectionReason reason : RejectionReason.values()) {
      assertThat(reason.code()).matches("[a-z]+(_[a-z]+)*");
      assertThat(RejectionReason.ofCode(reason.code())).isEqualTo(reason);
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RejectionReason.ofCode("WRONG_RANK"))
        .withMessage("\"WRONG_RANK\" is no rejection reason");
  }

  @Test
  void modeCodesAreStable() {
    assertThat(Mode.values()).extracting(Mode::code).containsExactly("train", "eval", "adapt");
  }
}
