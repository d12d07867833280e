package io.batchnorm.exchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.batchnorm.core.Affine;
import io.batchnorm.core.InputRank;
import io.batchnorm.core.RunningStatistics;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a file says that a {@code state_dict} has no place for. */
class StatisticsFileExtrasTest {
  private static final Map<String, String> PT = Map.of("format", "pt");

  private final Map<String, Tensor> tensors = new LinkedHashMap<>();

  @TempDir Path folder;

  @Test
  void float64KeepsWhatFloat32Rounds() throws Exception {
    RunningStatistics learned =
        RunningStatistics.of(7, 640, new double[] {0.1, 1e-60}, new double[] {1e39, 2})
            .withAffine(Affine.of(new float[] {1, 2}, null));
    RunningStatistics loaded = RunningStatistics.of(3, 6, new double[] {0.5}, new double[] {2});
    Path file = folder.resolve("s");

    StatisticsFileWriter.of(Map.of("a", learned, "b", loaded))
        .withFloat64()
        .withCounts()
        .write(file);

    StatisticsFile read = StatisticsFile.read(file);
    assertThat(read.byKey()).isEqualTo(Map.of("a", learned, "b", loaded));
    assertThat(read.ignoredTensors()).isZero();
    try (SafetensorsFile written = SafetensorsFile.open(file)) {
      assertThat(written.tensors().keySet()).contains("float64.a").doesNotContain("float64.b");
      assertThat(written.tensor("a.running_mean").asFloats()).containsExactly(0.1f, 0);
    }
  }

  @Test
  void numbersThatSomebodyChangedCountMoreThanTheirFloat64() throws Exception {
    layer("a", 7);
    tensors.put("float64.a", Tensor.ofDoubles(new long[] {2, 2}, new double[] {0.25, -1.5, 1, 5}));
    layer("b", 7);
    tensors.put("float64.b", Tensor.ofDoubles(new long[] {4}, new double[] {0.25, -1.5, 1, 4}));

    StatisticsFile read = read();

    assertThat(read.byKey().get("a").vars()).containsExactly(1, 4);
    assertThat(read.byKey().get("b").vars()).containsExactly(1, 4);
    assertThat(read.ignoredTensors()).as("float64.b has another shape").isOne();
  }

  @Test
  void float64OfAModelInDoublePrecisionIsNotRounded() throws Exception {
    layer("a", 7);
    double[] mean = {0.1, 1e-300};
    tensors.put("a.running_mean", Tensor.ofDoubles(new long[] {2}, mean));

    assertThat(read().byKey().get("a").means()).isEqualTo(mean);
  }

  @Test
  void notesSayWhatAStateDictHasNoPlaceFor() throws Exception {
    RunningStatistics statistics = RunningStatistics.initial(1);
    Map<String, KeyNote> notes =
        Map.of(
            "a \"1\"", new KeyNote(true, Optional.of(InputRank.TWO_D), 80),
            "b", new KeyNote(false, Optional.of(InputRank.ONE_D), 0),
            "c", new KeyNote(false, Optional.of(InputRank.THREE_D), KeyNote.UNKNOWN_BATCHES),
            "d", KeyNote.ofFreeze(true),
            "e", KeyNote.ofFreeze(false));
    Map<String, RunningStatistics> byKey = new TreeMap<>();
    notes.keySet().forEach(key -> byKey.put(key, statistics));
    Path file = folder.resolve("s");

    StatisticsFileWriter.of(byKey).withNotes(notes).withMetadata(PT).write(file);

    StatisticsFile read = StatisticsFile.read(file);
    notes.forEach((key, note) -> assertThat(read.note(key)).isEqualTo(note));
    assertThat(read.notes()).doesNotContainKey("e");
    assertThat(read.note("unknown")).isEqualTo(KeyNote.NONE);
    assertThat(read.metadata()).isEqualTo(PT);
    try (SafetensorsFile written = SafetensorsFile.open(file)) {
      assertThat(written.metadata().get("batchnorm.keys"))
          .isEqualTo(
              "{\"a \\\"1\\\"\":{\"frozen\":true,\"input_rank\":\"2d\",\"batches\":80},"
                  + "\"b\":{\"input_rank\":\"1d\",\"batches\":0},"
                  + "\"c\":{\"input_rank\":\"3d\"},\"d\":{\"frozen\":true}}");
    }
  }

  @Test
  void notesOfNobodyAreForgottenAndFieldsOfLaterVersionsPassedOver() throws Exception {
    StatisticsFile read =
        readWithNotes("{\"a\":{\"more\":{\"x\":[1]},\"frozen\":true},\"gone\":{\"frozen\":true}}");

    assertThat(read.notes()).isEqualTo(Map.of("a", KeyNote.ofFreeze(true)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "{",
        "{}{}",
        "{\"a\":1}",
        "{\"a\":{},\"a\":{}}",
        "{\"a\":{\"batches\":-1}}",
        "{\"a\":{\"batches\":1e3}}",
        "{\"a\":{\"batches\":99999999999999999999}}",
        "{\"a\":{\"input_rank\":\"4d\"}}"
      })
  void refusesNotesThatAreNone(String text) {
    assertThatThrownBy(() -> readWithNotes(text))
        .isInstanceOf(ExchangeException.class)
        .hasMessageContaining("metadata entry \"batchnorm.keys\"");
  }

  private StatisticsFile readWithNotes(String text) throws Exception {
    layer("a", 7);
    byte[] bytes =
        SafetensorsWriter.toBytes(new Safetensors(tensors, Map.of("batchnorm.keys", text)));
    return StatisticsFile.read(Files.write(folder.resolve("s.safetensors"), bytes));
  }

  private void layer(String key, long batches) {
    tensors.put(key + ".running_mean", Tensor.ofVector(0.25f, -1.5f));
    tensors.put(key + ".running_var", Tensor.ofVector(1f, 4f));
    tensors.put(key + ".num_batches_tracked", Tensor.ofLong(batches));
  }

  private StatisticsFile read() throws Exception {
    byte[] bytes = SafetensorsWriter.toBytes(new Safetensors(tensors, PT));
    return StatisticsFile.read(Files.write(folder.resolve("s.safetensors"), bytes));
  }
}
