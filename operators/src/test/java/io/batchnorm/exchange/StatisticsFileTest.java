package io.batchnorm.exchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.batchnorm.core.Affine;
import io.batchnorm.core.RunningStatistics;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class StatisticsFileTest {
  private static final Map<String, String> PT = Map.of("format", "pt");

  private final Map<String, Tensor> tensors = new LinkedHashMap<>();

  @TempDir Path folder;

  @Test
  void readsTheStateOfATorchLayerUnderItsModulePath() throws Exception {
    layer("features.1.bn", 7);
    tensors.put("features.1.bn.weight", Tensor.ofVector(2f, 3f));
    tensors.put("features.1.bn.bias", Tensor.ofVector(-1f, 0f));

    StatisticsFile file = read();

    assertThat(file.byKey())
        .containsOnly(
            Map.entry(
                "features.1.bn",
                RunningStatistics.of(
                        7,
                        RunningStatistics.UNKNOWN_COUNT,
                        new double[] {0.25, -1.5},
                        new double[] {1, 4})
                    .withAffine(Affine.of(new float[] {2, 3}, new float[] {-1, 0}))));
    assertThat(file.ignoredTensors()).isZero();
  }

  @Test
  void listsKeysInOrderAndCountsWhatBelongsToNone() throws Exception {
    layer("b", 1);
    layer("a", 1);
    tensors.put("conv.weight", Tensor.ofVector(1f));
    tensors.put("conv.bias", Tensor.ofVector(1f));
    tensors.put("running_mean", Tensor.ofVector(1f));
    tensors.put(".running_mean", Tensor.ofVector(1f));
    tensors.put("a.count.x", Tensor.ofVector(1f));

    StatisticsFile file = read();

    assertThat(file.byKey().keySet()).containsExactly("a", "b");
    assertThat(file.ignoredTensors()).isEqualTo(5);
  }

  @Test
  void takesAWeightOrABiasAlone() throws Exception {
    layer("w", 1);
    layer("b", 1);
    tensors.put("w.weight", Tensor.ofVector(2f, 3f));
    tensors.put("b.bias", Tensor.ofVector(4f, 5f));

    Map<String, RunningStatistics> byKey = read().byKey();

    assertThat(byKey.get("w").affine()).contains(Affine.of(new float[] {2, 3}, null));
    assertThat(byKey.get("b").affine()).contains(Affine.of(null, new float[] {4, 5}));
  }

  @Test
  void takesTheNumberOfBatchesAsZeroWhereItIsMissingAsBeforeTorch041() throws Exception {
    layer("a", 7);
    tensors.remove("a.num_batches_tracked");

    assertThat(read().byKey().get("a").numBatchesTracked()).isZero();
  }

  @Test
  void takesTheNumberOfBatchesInShapeOneAndTheCountOfValues() throws Exception {
    layer("a", 7);
    tensors.put("a.num_batches_tracked", longs(new long[] {1}, 9));
    tensors.put("a.count", Tensor.ofLong(640));

    RunningStatistics statistics = read().byKey().get("a");

    assertThat(statistics.numBatchesTracked()).isEqualTo(9);
    assertThat(statistics.count()).isEqualTo(640);
  }

  @ParameterizedTest
  @EnumSource(names = {"F16", "BF16", "F64"})
  void takesOtherFloatsForFloat32(DType type) throws Exception {
    layer("a", 7);
    tensors.put("a.running_mean", halves(type, 0.5f, -2f));
    tensors.put("a.running_var", halves(type, 1f, 0.25f));
    tensors.put("a.weight", halves(type, 1.5f, -1f));

    RunningStatistics statistics = read().byKey().get("a");

    assertThat(statistics.means()).containsExactly(0.5, -2);
    assertThat(statistics.vars()).containsExactly(1, 0.25);
    assertThat(statistics.affine()).contains(Affine.of(new float[] {1.5f, -1f}, null));
  }

  @ParameterizedTest
  @ValueSource(strings = {"running_mean", "running_var"})
  void namesATensorThatItsLayerLacks(String tensor) {
    layer("a", 7);
    tensors.remove("a." + tensor);

    assertRefused("tensor \"a." + tensor + "\" is missing, expected one beside the other tensors");
  }

  @ParameterizedTest
  @CsvSource({
    "running_var, NaN, expected 0 or more",
    "running_var, -1, expected 0 or more",
    "running_var, -Infinity, expected 0 or more",
    "running_mean, NaN, expected finite",
    "running_mean, Infinity, expected finite",
    "weight, NaN, expected finite",
    "bias, -Infinity, expected finite"
  })
  void refusesNumbersThatAreNoStatisticsAndNamesTensorAndChannel(
      String tensor, float value, String expected) {
    layer("a", 7);
    tensors.put("a." + tensor, Tensor.ofVector(1f, value));

    assertRefused("tensor \"a.%s\" has %s in channel 1, %s".formatted(tensor, value, expected));
  }

  @Test
  void takesAnInfiniteVarianceAsFloat32OverflowLeavesItAndZero() throws Exception {
    layer("a", 7);
    tensors.put("a.running_var", Tensor.ofVector(Float.POSITIVE_INFINITY, 0f));

    assertThat(read().byKey().get("a").vars()).containsExactly(Double.POSITIVE_INFINITY, 0);
  }

  @ParameterizedTest
  @ValueSource(strings = {"running_var", "weight", "bias"})
  void refusesATensorWithOtherChannelsThanTheMean(String tensor) {
    layer("a", 7);
    tensors.put("a." + tensor, Tensor.ofVector(1f, 1f, 1f));

    assertRefused("tensor \"a." + tensor + "\" has 3 channels, expected the 2 of running_mean");
  }

  @Test
  void refusesWrongShapesAndTypes() {
    layer("a", 7);
    tensors.put("a.running_mean", Tensor.ofFloats(new long[] {1, 2}, new float[2]));
    assertRefused("tensor \"a.running_mean\" has shape (1, 2), expected (channels)");

    layer("a", 7);
    tensors.put("a.num_batches_tracked", longs(new long[] {2}, 1, 2));
    assertRefused("tensor 'a.num_batches_tracked' has shape (2,), expected () or (1,)");

    layer("a", 7);
    tensors.put("a.num_batches_tracked", Tensor.ofVector(1f));
    assertRefused("tensor 'a.num_batches_tracked' is of type F32, expected I64 or I32");

    layer("a", 7);
    tensors.put("a.running_mean", longs(new long[] {2}, 1, 2));
    assertRefused("tensor 'a.running_mean' is of type I64, expected F32");
  }

  @ParameterizedTest
  @CsvSource({"num_batches_tracked, -1", "num_batches_tracked, 9223372036854775807", "count, -1"})
  void refusesCountersOutOfRange(String tensor, long value) {
    layer("a", 7);
    tensors.put("a." + tensor, Tensor.ofLong(value));

    assertRefused("tensor \"a.%s\" is %d, expected 0 to 2^62".formatted(tensor, value));
  }

  @Test
  void refusesAFileThatIsNoneOrMissing() throws Exception {
    Path text = Files.writeString(folder.resolve("text"), "running_mean = 0.5");

    assertThatThrownBy(() -> StatisticsFile.read(text)).isInstanceOf(ExchangeException.class);
    assertThatThrownBy(() -> StatisticsFile.read(folder.resolve("gone")))
        .isInstanceOf(NoSuchFileException.class);
  }

  @Test
  void writesWhatItReadByteForByte() throws Exception {
    layer("a", 7);
    tensors.put("a.weight", Tensor.ofVector(0.1f, -0f));
    tensors.put("a.bias", Tensor.ofVector(Float.MIN_VALUE, 3f));
    tensors.put("a.count", Tensor.ofLong(640));
    layer("küche/1", 0);
    byte[] original = SafetensorsWriter.toBytes(new Safetensors(tensors, PT));
    Path file = Files.write(folder.resolve("s"), original);

    StatisticsFile.write(file, StatisticsFile.read(file).byKey(), true, PT);

    assertThat(file).hasBinaryContent(original);
  }

  @Test
  void writesTheNamesAndOrderOfTorchWithTheIntegersFirst() throws Exception {
    RunningStatistics statistics =
        RunningStatistics.of(7, 640, new double[] {0.1, 1e-60}, new double[] {1e39, 2})
            .withAffine(Affine.of(new float[] {1, 1}, new float[] {0, 0}));
    Path file = folder.resolve("new/folder/s");

    StatisticsFile.write(file, Map.of("bn", statistics), false, PT);

    byte[] bytes = Files.readAllBytes(file);
    assertThat(new String(bytes, 8, bytes.length - 8, StandardCharsets.UTF_8))
        .startsWith(
            "{\"__metadata__\":{\"format\":\"pt\"},"
                + "\"bn.num_batches_tracked\":{\"dtype\":\"I64\",\"shape\":[],\"data_offsets\":[0,8]},"
                + "\"bn.bias\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,16]},"
                + "\"bn.running_mean\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[16,24]},"
                + "\"bn.running_var\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[24,32]},"
                + "\"bn.weight\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[32,40]}}");
    RunningStatistics read = StatisticsFile.read(file).byKey().get("bn");
    assertThat(read.means()).containsExactly((double) 0.1f, 0);
    assertThat(read.vars()).as("float32 overflow").containsExactly(Double.POSITIVE_INFINITY, 2);
    assertThat(read.count()).isEqualTo(RunningStatistics.UNKNOWN_COUNT);
  }

  @Test
  void writesACountOnlyWhereItIsKnown() throws Exception {
    Path file = folder.resolve("s");
    RunningStatistics known = RunningStatistics.of(7, 640, new double[1], new double[1]);
    RunningStatistics unknown =
        RunningStatistics.of(7, RunningStatistics.UNKNOWN_COUNT, new double[1], new double[1]);

    StatisticsFile.write(file, Map.of("a", known, "b", unknown), true, PT);

    try (SafetensorsFile written = SafetensorsFile.open(file)) {
      assertThat(written.tensors().keySet()).contains("a.count").doesNotContain("b.count");
      assertThat(written.metadata()).isEqualTo(PT);
    }
  }

  @Test
  void refusesALayerWithoutChannels() {
    tensors.put("a.running_mean", Tensor.ofVector());
    tensors.put("a.running_var", Tensor.ofVector());

    assertRefused("tensor \"a.running_mean\" has no channels, expected 1 or more");
  }

  @Test
  void refusesWhatIsNoFileRatherThanWaitForIt() {
    assertThatThrownBy(() -> StatisticsFile.read(folder))
        .isInstanceOf(ExchangeException.class)
        .hasMessageContaining("it is a folder, expected a file");
    assertThatThrownBy(() -> StatisticsFile.read(Path.of("/dev/null")))
        .isInstanceOf(ExchangeException.class)
        .hasMessageContaining("it is a pipe or device, expected a file");
  }

  private void layer(String key, long batches) {
    tensors.put(key + ".running_mean", Tensor.ofVector(0.25f, -1.5f));
    tensors.put(key + ".running_var", Tensor.ofVector(1f, 4f));
    tensors.put(key + ".num_batches_tracked", Tensor.ofLong(batches));
  }

  private static Tensor longs(long[] shape, long... values) {
    ByteBuffer bytes = ByteBuffer.allocate(values.length * 8).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asLongBuffer().put(values);
    return Tensor.of(DType.I64, shape, bytes.array());
  }

  /** A vector of numbers that all these types hold exactly. */
  private static Tensor halves(DType type, float... values) {
    ByteBuffer bytes =
        ByteBuffer.allocate(values.length * type.bits() / 8).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : values) {
      int bits = Float.floatToIntBits(value);
      switch (type) {
        case F64 -> bytes.putDouble(value);
        case BF16 -> bytes.putShort((short) (bits >>> 16));
        default -> bytes.putShort(float16(bits));
      }
    }
    return Tensor.of(type, new long[] {values.length}, bytes.array());
  }

  private static short float16(int bits) {
    int exponent = ((bits >>> 23) & 0xff) - 127 + 15;
    return (short) (((bits >>> 16) & 0x8000) | (exponent << 10) | ((bits >>> 13) & 0x3ff));
  }

  private StatisticsFile read() throws Exception {
    byte[] bytes = SafetensorsWriter.toBytes(new Safetensors(tensors, PT));
    return StatisticsFile.read(Files.write(folder.resolve("s.safetensors"), bytes));
  }

  private void assertRefused(String sentence) {
    assertThatThrownBy(this::read)
        .isInstanceOf(ExchangeException.class)
        .hasMessageStartingWith(folder.resolve("s.safetensors") + ": " + sentence)
        .extracting(e -> ((ExchangeException) e).fault())
        .isIn(List.of(Fault.MALFORMED_FILE, Fault.UNSUPPORTED_DTYPE));
  }
}
