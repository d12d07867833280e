package io.batchnorm.benchmarks.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.batchnorm.benchmarks.Effort;
import io.batchnorm.benchmarks.Round;
import io.batchnorm.benchmarks.RoundOfBoth;
import io.batchnorm.benchmarks.Row;
import io.batchnorm.benchmarks.Turns;
import io.batchnorm.benchmarks.kernel.KernelRows;
import java.util.List;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(120)
class PipelineTest {
  private static final Tuning SEGMENTS = Tuning.EMBEDDED.withSegmentKib(32);
  private static final Effort SHORT = new Effort(1, 1, 2, 10);

  @ParameterizedTest
  @EnumSource(Kind.class)
  void everyPipelineGivesAsManyRecordsAsItTakes(Kind kind) throws Exception {
    Settings settings = new Settings(kind, kind.ofSamples() ? "1x4" : "4x3x5x5", 3, 1, 0, SEGMENTS);

    assertThat(measured(settings).recordsPerSecond()).hasSize(2).allMatch(speed -> speed > 0);
  }

  @Test
  void aMeasurementIsAJvmOfItsOwnThatTellsSpeedAndProfile() {
    Settings settings = new Settings(Kind.TRAIN, "4x3x5x5", 3, 1, 0, SEGMENTS);

    Round round = round(settings);

    assertThat(round.samples()).hasSize(2).allMatch(speed -> speed > 4 * 300);
    assertThat(round.profile())
        .containsKeys("allocated bytes for each record", "length of the job, s");
    assertThat(round.profile().keySet())
        .anyMatch(what -> what.matches("CPU us for each record in Source.*\\(1/1\\)"));
  }

  @Test
  void slicesComeBackAsWholeBatches() throws Exception {
    Settings settings = new Settings(Kind.RAW, "4x3x5x5", 3, 2, 1, SEGMENTS);

    assertThat(measured(settings).recordsPerSecond()).hasSize(2);
  }

  private static Fork.Report measured(Settings settings) throws Exception {
    return Fork.measured(List.of(settings), SHORT).get(0);
  }

  /** Training would reject the input of the first. */
  @Test
  void twoPipelinesThatAreTunedAlikeShareAJvmAndKeepTheirOwnInputAndProfile() {
    Settings ours = new Settings(Kind.SENSORS_NAIVE, "1x4", 2, 2, 0, SEGMENTS);
    Settings other = new Settings(Kind.TRAIN, "4x3x5x5", 3, 1, 0, SEGMENTS);

    RoundOfBoth rounds =
        PipelineMeasurement.records(ours)
            .together(PipelineMeasurement.bytes(other), SHORT)
            .orElseThrow();

    assertThat(rounds.ours().samples()).hasSize(2).allMatch(speed -> speed > 0);
    assertThat(rounds.other().samples()).hasSize(2).allMatch(speed -> speed > 4 * 300);
    assertThat(rounds.ours().profile().keySet())
        .anyMatch(what -> what.matches("CPU us for each record in .*\\(2/2\\)"))
        .noneMatch(what -> what.contains("batchnorm"));
    assertThat(rounds.other().profile().keySet())
        .anyMatch(what -> what.matches("CPU us for each record in .*batchnorm.*\\(1/1\\)"))
        .noneMatch(what -> what.contains("/2)"));
  }

  @Test
  void pipelinesThatAreNotTunedAlikeHaveAJvmEach() {
    PipelineMeasurement ours =
        PipelineMeasurement.bytes(new Settings(Kind.RAW, "4x3x5x5", 3, 1, 0, SEGMENTS));
    Tuning option = SEGMENTS.withJvmOption("-Xmn64m");

    assertThat(ours.together(PipelineMeasurement.bytes(ours.settings().with(option)), SHORT))
        .isEmpty();
    assertThat(ours.together(KernelRows.all().get(0).ours(), SHORT)).isEmpty();
  }

  @Test
  void bytesAreFourForEachValueOfARecord() {
    Settings settings = new Settings(Kind.RAW, "4x3x5x5", 3, 1, 0, SEGMENTS);

    assertThat(settings.bytesPerRecord()).isEqualTo(4 * 4 * 3 * 5 * 5);
  }

  @Test
  void aForkReadsTheSettingsThatItIsGiven() {
    Settings settings =
        new Settings(Kind.TRAIN_NAIVE, "8x3x32x32", 64, 2, 4, new Tuning(32, true, "-Xmn64m"));

    assertThat(Settings.parse(settings.words())).isEqualTo(settings);
  }

  @Test
  void aMeasurementNamesWhatIsNotAsTheEmbeddedRunnerHasIt() {
    Settings plain = new Settings(Kind.TRAIN, "4x3x5x5", 3, 1, 0, Tuning.EMBEDDED);
    Tuning tuning = SEGMENTS.withObjectReuse().withJvmOption("-Xmn24m");

    assertThat(plain).hasToString("train 4x3x5x5, 3 keys, parallelism 1");
    assertThat(plain.with(tuning))
        .hasToString(plain + ", segments of 32 KiB, object reuse, -Xmn24m");
  }

  @Test
  void aForkSetsFlinkUpAsItIsTold() {
    Settings settings = new Settings(Kind.TRAIN, "4x3x5x5", 3, 1, 0, SEGMENTS.withObjectReuse());

    Configuration configuration = Fork.configuration(settings.tuning());

    assertThat(configuration.get(PipelineOptions.OBJECT_REUSE)).isTrue();
    assertThat(configuration.get(TaskManagerOptions.MEMORY_SEGMENT_SIZE))
        .isEqualTo(MemorySize.parse("32kb"));
    assertThat(Fork.configuration(Tuning.EMBEDDED).get(PipelineOptions.OBJECT_REUSE)).isFalse();
  }

  @Test
  void anOptionOfTheJvmIsThereIfItIsSet() {
    assertThat(Tuning.EMBEDDED.jvmOptions()).isEmpty();
    assertThat(Tuning.EMBEDDED.withJvmOption("-Xmn24m").jvmOptions()).containsExactly("-Xmn24m");
  }

  @Test
  void theJvmOfAMeasurementIsStartedWithItsOption() {
    Settings impossible =
        new Settings(Kind.TRAIN, "4x3x5x5", 3, 1, 0, SEGMENTS.withJvmOption("-Xmn-1m"));

    assertThatIllegalStateException()
        .isThrownBy(() -> round(impossible))
        .withMessageContaining("-Xmn-1m");
  }

  @Test
  void aForkThatFailsIsNoResult() {
    Settings oneRowOfTraining = new Settings(Kind.TRAIN, "1x4", 1, 1, 0, SEGMENTS);

    assertThatIllegalStateException()
        .isThrownBy(() -> round(oneRowOfTraining))
        .withMessageContaining("failed")
        .withMessageContaining("500 records went in, 0 came out");
  }

  private static Round round(Settings settings) {
    try (Turns turns = new Turns(1)) {
      return PipelineMeasurement.bytes(settings).round(SHORT, turns);
    }
  }

  @Test
  void theRowsOfAPipelineAndItsTwinDifferInNothingElse() {
    for (Row row : PipelineRows.all()) {
      if (row.id().endsWith("/identity") || row.id().endsWith("/naive")) {
        Settings ours = ((PipelineMeasurement) row.ours()).settings();
        Settings other = ((PipelineMeasurement) row.other()).settings();
        assertThat(other.with(ours.kind())).as(row.id()).isEqualTo(ours);
        assertThat(other.kind()).isNotEqualTo(ours.kind());
      }
    }
  }
}
