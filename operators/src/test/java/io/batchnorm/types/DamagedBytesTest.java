package io.batchnorm.types;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.sun.management.ThreadMXBean;
import java.io.EOFException;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.stream.Stream;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Damaged lengths are noticed before anything of that length is allocated. */
class DamagedBytesTest {
  /** The exception, and classes loaded for it; any of the claimed lengths is far above. */
  private static final long ALLOWED_BYTES = 1 << 20;

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private static final String LONG_0 = "0000000000000000";

  /** Of a piece up to the number of channels, and from there to its slice. */
  private static final String PIECE_HEAD = "01 00000001 0261 02 00000002";

  private static final String PIECE_TAIL = LONG_0 + LONG_0 + "00" + LONG_0;

  /** Of a piece, its slice of two channels and its turn. */
  private static final String SLICE_OF_TWO = "00000000 00000000 00000002" + LONG_0;

  private static final String ALL_SAMPLES = "00000000 00000002";

  /** Of one channel of exact sums, up to the first of them. */
  private static final String EXACT_HEAD = "00000001" + LONG_0.repeat(5);

  static Stream<Arguments> damaged() {
    var map = new FeatureMapSerializer();
    var statistics = new RunningStatisticsSerializer();
    var state = new KeyStateSerializer();
    var batch = new FeatureBatchSerializer();
    var exact = new ExactMomentsSerializer();
    var pending = new PendingBatchSerializer();
    var piece = new BatchPieceSerializer();
    return Stream.of(
        of("rank 9", map, "09", "rank is 9, wanted 2 to 5"),
        of("rank 1", map, "01", "rank is 1, wanted 2 to 5"),
        of("rank -1", map, "ff", "rank is -1, wanted 2 to 5"),
        of("negative size", map, "02 ffffffff 00000001", "size is -1, wanted 0 to"),
        of("too many values", map, "02 00004001 00004000", "268451840 values in one map"),
        of("product wraps to 0", map, "05" + "00010000".repeat(5), "values in one map"),
        of("negative channels", statistics, LONG_0 + LONG_0 + "80000000 00", "channels is -2147"),
        of("giant channels", statistics, LONG_0 + LONG_0 + "7fffffff 00", "channels is 2147483647"),
        of("negative waiting", state, LONG_0 + LONG_0 + "ffffffff", "waiting directives is -1"),
        of(
            "giant waiting",
            state,
            LONG_0 + LONG_0 + "7fffffff",
            "waiting directives is 2147483647"),
        of("input rank 4", state, LONG_0 + LONG_0 + "00000000 00 04", "input rank is 4"),
        of("negative ids", batch, "01 ffffffff", "number of ids is -1"),
        of("missing key", batch, "00", "a string is missing"),
        of("length beyond an int", batch, "ffffffff7f", "a string has a number above 2147483647"),
        of("endless length", batch, "ff".repeat(12), "a string has a number above 2147483647"),
        of("endless character", batch, "03 ffffff7f", "a string has a number above 65535"),
        of("negative shape", pending, "00000001" + LONG_0 + "00", "a string is missing"),
        of("kind 4", new BatchPartSerializer(), "04", "kind is 4, wanted 1 to 3"),
        of(
            "negative channels of a change",
            new BatchPartSerializer(),
            "03 0261 00000000 00000000 00000002 ffffffff",
            "channels is -1"),
        of("negative channels of sums", exact, "ffffffff", "channels is -1"),
        of("giant channels of sums", exact, "7fffffff", "channels is 2147483647"),
        of("giant exponent", exact, EXACT_HEAD + "7fffffff 0001 01", "exponent is 2147483647"),
        of("tiny exponent", exact, EXACT_HEAD + "80000000 0001 01", "exponent is -2147483648"),
        of("no significand", exact, EXACT_HEAD + "00000000 0000", "a significand is 0, wanted 1"),
        of("giant significand", exact, EXACT_HEAD + "00000000 ffff", "a significand is 65535"),
        of("no piece", piece, PIECE_HEAD + "00000000" + PIECE_TAIL, "0 values in one batch"),
        of("giant piece", piece, PIECE_HEAD + "0fffffff" + PIECE_TAIL, "values in one map"),
        of(
            "samples that the batch does not have",
            piece,
            PIECE_HEAD + "00000002" + PIECE_TAIL + SLICE_OF_TWO + "00000001 00000003",
            "last sample is 3, wanted 0 to 2"),
        of(
            "no samples",
            piece,
            PIECE_HEAD
                + "00000002"
                + PIECE_TAIL
                + SLICE_OF_TWO
                + "00000001 00000001 00000000 00000002",
            "samples 1 to 1 and channels 0 to 2 are not in"),
        of(
            "more channels than the batch has",
            piece,
            PIECE_HEAD
                + "00000002"
                + PIECE_TAIL
                + "00000000 00000000 00000009"
                + LONG_0
                + ALL_SAMPLES
                + "00000001 00000009",
            "channels 1 to 9 are not in"),
        of(
            "a piece beside its slice",
            piece,
            PIECE_HEAD
                + "00000002"
                + PIECE_TAIL
                + "00000000 00000001 00000002"
                + LONG_0
                + ALL_SAMPLES
                + "00000000 00000002",
            "channels 0 to 2 are not in"),
        of(
            "a slice that ends before it begins",
            piece,
            PIECE_HEAD + "00000002" + PIECE_TAIL + "00000000 00000002 00000001",
            "a slice ends at channel 1 and begins at 2"),
        of("command 5", new DirectiveSerializer(), "05", "command is 5, wanted 1 to 4"),
        of("command 0", new DirectiveSerializer(), "00", "command is 0, wanted 1 to 4"),
        of(
            "mode 4",
            new NormalizedBatchSerializer(),
            "01 00000000 04",
            "mode is 4, wanted 1 to 3"));
  }

  private static Arguments of(String name, TypeSerializer<?> serializer, String hex, String says) {
    return Arguments.of(name, serializer, hex, says);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("damaged")
  void failsBeforeItAllocates(String name, TypeSerializer<?> serializer, String hex, String says) {
    byte[] bytes = Bytes.hex(hex);
    // Once before the measurement, which is not to count the loading of classes.
    assertThatThrownBy(() -> Bytes.read(serializer, bytes)).isInstanceOf(IOException.class);
    long before = allocated();

    Throwable thrown = catchThrowable(() -> Bytes.read(serializer, bytes));

    assertThat(allocated() - before).isLessThan(ALLOWED_BYTES);
    assertThat(thrown).isInstanceOf(IOException.class).hasMessageContaining(says);
  }

  /** Two lengths that are possible, with nothing behind them. */
  static Stream<Arguments> truncated() {
    return Stream.of(
        Arguments.of("a key of 2^31 - 2 characters", new FeatureBatchSerializer(), "ffffffff07 61"),
        Arguments.of("2^28 channels of exact sums", new ExactMomentsSerializer(), "10000000"),
        Arguments.of("2^31 - 1 ids", new FeatureBatchSerializer(), "01 7fffffff 0261"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("truncated")
  void growsWithWhatIsThere(String name, TypeSerializer<?> serializer, String hex) {
    byte[] bytes = Bytes.hex(hex);
    // Once before the measurement, which is not to count the loading of classes.
    assertThatThrownBy(() -> Bytes.read(serializer, bytes)).isInstanceOf(IOException.class);
    long before = allocated();

    Throwable thrown = catchThrowable(() -> Bytes.read(serializer, bytes));

    assertThat(allocated() - before).isLessThan(ALLOWED_BYTES);
    assertThat(thrown).isInstanceOf(EOFException.class);
  }

  @Test
  void everyPrefixOfARecordIsTooShort() throws Exception {
    KeyState state = AwkwardValues.keyStates()[8];
    byte[] bytes = Bytes.of(new KeyStateSerializer(), state);

    for (int length = 0; length < bytes.length; length++) {
      byte[] prefix = Arrays.copyOf(bytes, length);

      assertThatThrownBy(() -> Bytes.read(new KeyStateSerializer(), prefix))
          .isInstanceOf(EOFException.class);
    }
  }

  private static long allocated() {
    return THREADS.getThreadAllocatedBytes(Thread.currentThread().getId());
  }
}
