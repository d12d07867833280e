package io.batchnorm.types;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.batchnorm.core.InputRank;
import io.batchnorm.core.LayerState;
import io.batchnorm.core.RunningStatistics;
import java.io.IOException;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class VersionedBytesTest {
  private static final KeyState STATE =
      KeyState.of(
          LayerState.of(
              RunningStatistics.of(3, 12, new double[] {0.5}, new double[] {2}),
              InputRank.ONE_D,
              true),
          3,
          0,
          new long[0]);

  /** Frozen: what savepoints of SQL queries hold. */
  private static final String PENDING_V1 =
      "00000001" + "00000003" + "0000018bcfe56800" + "08" + "33783332783332";

  private static final String UNTRAINED_V1 =
      "00000001" + "0000000000000000" + "0000000000000000" + "00000000" + "00" + "00";

  @Test
  void versionStandsInFront() throws Exception {
    PendingBatch pending = new PendingBatch(3, 1_700_000_000_000L, "3x32x32");

    assertThat(hex(VersionedBytes.PENDING_BATCH.write(pending))).isEqualTo(PENDING_V1);
    assertThat(hex(VersionedBytes.KEY_STATE.write(KeyState.NEW))).isEqualTo(UNTRAINED_V1);
    assertThat(VersionedBytes.PENDING_BATCH.read(bytes(PENDING_V1))).isEqualTo(pending);
    assertThat(VersionedBytes.KEY_STATE.read(bytes(UNTRAINED_V1))).isEqualTo(KeyState.NEW);
  }

  @Test
  void whatIsWrittenIsReadAgain() throws Exception {
    assertThat(VersionedBytes.KEY_STATE.read(VersionedBytes.KEY_STATE.write(STATE)))
        .isEqualTo(STATE);
  }

  @Test
  void refusesAVersionThatItDoesNotKnow() throws Exception {
    byte[] bytes = VersionedBytes.KEY_STATE.write(STATE);
    bytes[3] = 2;

    assertThatThrownBy(() -> VersionedBytes.KEY_STATE.read(bytes))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("version 2");
  }

  @Test
  void refusesBytesThatAreTooFewOrTooMany() throws Exception {
    byte[] bytes = VersionedBytes.KEY_STATE.write(STATE);
    for (int length = 0; length < bytes.length; length++) {
      byte[] cut = Arrays.copyOf(bytes, length);
      assertThatThrownBy(() -> VersionedBytes.KEY_STATE.read(cut)).isInstanceOf(IOException.class);
    }

    byte[] longer = Arrays.copyOf(bytes, bytes.length + 1);

    assertThatThrownBy(() -> VersionedBytes.KEY_STATE.read(longer))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("1 bytes of state are left over");
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  private static byte[] bytes(String hex) {
    return HexFormat.of().parseHex(hex);
  }
}
