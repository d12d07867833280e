package io.batchnorm.job;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.batchnorm.core.Affine;
import io.batchnorm.core.RejectionReason;
import io.batchnorm.core.RunningStatistics;
import io.batchnorm.exchange.StatisticsFile;
import io.batchnorm.types.Directive;
import io.batchnorm.types.RejectedRecord;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CommandsTest {
  private static final RunningStatistics ONE_CHANNEL =
      RunningStatistics.of(
          9, RunningStatistics.UNKNOWN_COUNT, new double[] {0.5}, new double[] {2});

  @TempDir Path folder;

  @Test
  void readsEveryCommandInOrder() throws Exception {
    Commands control =
        read(
            """
            {"command":"freeze","key":"cam1"}

            {"command":"unfreeze","key":"*","after_batches":5}
            {"key":"cam 2","command":"RESET"}
            {"command":"load","key":"cam1","after_batches":7,"statistics":\
            {"running_mean":[0.5],"running_var":[2],"num_batches_tracked":9}}
            {"command":"load","key":"*","statistics":\
            {"running_mean":[1,-2.5],"running_var":[0,1e-3],"num_batches_tracked":0,"count":64}}
            """);

    assertThat(control.rejected()).isEmpty();
    assertThat(control.directives())
        .containsExactly(
            Directive.freeze("cam1"),
            Directive.unfreeze("*").afterBatches(5),
            Directive.reset("cam 2"),
            Directive.load("cam1", ONE_CHANNEL).afterBatches(7),
            Directive.load(
                "*", RunningStatistics.of(0, 64, new double[] {1, -2.5}, new double[] {0, 1e-3})));
    assertThat(control.loads()).isTrue();
    assertThat(read("{\"command\":\"freeze\",\"key\":\"a\"}").loads()).isFalse();
  }

  @Test
  void rejectsALineThatIsNoTextAndReadsTheOthers() throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.write("\ufeff{\"command\":\"freeze\",\"key\":\"a\"}\r\n".getBytes(UTF_8));
    bytes.write("{\"command\":\"freeze\",\"key\":\"".getBytes(UTF_8));
    bytes.write(0xff);
    bytes.write("\"}\n{\"command\":\"freeze\",\"key\":\"c\"}".getBytes(UTF_8));
    Path file = Files.write(folder.resolve("control.jsonl"), bytes.toByteArray());

    Commands control = Commands.read(file, false);

    assertThat(control.directives()).containsExactly(Directive.freeze("a"), Directive.freeze("c"));
    assertThat(control.rejected()).hasSize(1);
    assertThat(control.rejected().get(0).id()).isEqualTo("line 2");
    assertThat(control.rejected().get(0).message()).endsWith("it is no text in UTF-8");
  }

  @Test
  void loadsWeightAndBiasWithStatistics() throws Exception {
    Commands control =
        read(
            """
            {"command":"load","key":"a","statistics":{"running_mean":[0.5],"running_var":[2],\
            "num_batches_tracked":9,"weight":[0.1],"bias":[-3]}}
            """);

    assertThat(control.rejected()).isEmpty();
    assertThat(control.directives())
        .containsExactly(
            Directive.load(
                "a", ONE_CHANNEL.withAffine(Affine.of(new float[] {0.1f}, new float[] {-3}))));
  }

  @Test
  void loadsOneKeyOrAllKeysOfAFile() throws Exception {
    RunningStatistics withAffine =
        RunningStatistics.of(3, RunningStatistics.UNKNOWN_COUNT, new double[2], new double[2])
            .withAffine(Affine.of(new float[] {1, 2}, null));
    Path file = folder.resolve("s.safetensors");
    StatisticsFile.write(file, Map.of("a", ONE_CHANNEL, "b", withAffine), false, Map.of());

    Commands one =
        read("{\"command\":\"load\",\"key\":\"b\",\"file\":\"%s\",\"after_batches\":2}", file);
    Commands all = read("{\"command\":\"load\",\"key\":\"*\",\"file\":\"%s\"}", file);

    assertThat(one.directives()).containsExactly(Directive.load("b", withAffine).afterBatches(2));
    assertThat(all.directives())
        .containsExactly(Directive.load("a", ONE_CHANNEL), Directive.load("b", withAffine));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "freeze | | it is no JSON object: Unrecognized token 'freeze'",
        "{\"command\":\"load\",\"key\":\"a\",\"file\":5} | a | \"file\" is 5, wanted the path",
        "{\"command\":\"load\",\"key\":\"a\",\"file\":null} | a | \"file\" is null, wanted the path",
        "[1] | | it is [1], wanted a JSON object",
        "{\"command\":\"freeze\",\"key\":\"a\"} x | | it is no JSON object: ",
        "{\"command\":\"freeze\",\"command\":\"reset\",\"key\":\"a\"} | | it is no JSON object: Duplicate",
        "{\"command\":\"freeze\"} | | \"key\" is missing, wanted the name of a key, or * for all",
        "{\"command\":\"freeze\",\"key\":5} | | \"key\" is 5, wanted the name of a key",
        "{\"command\":\"freeze\",\"key\":\"\"} | | \"key\" is \"\", wanted the name of a key",
        "{\"key\":\"a\"} | a | \"command\" is missing, wanted freeze, unfreeze, reset or load",
        "{\"command\":\"melt\",\"key\":\"a\"} | a | \"command\" is \"melt\", wanted freeze, unfreeze",
        "{\"command\":\"freeze\",\"key\":\"a\",\"after\":1} | a | \"after\" is no field of a command, wanted after_batches, command, file, key, statistics",
        "{\"command\":\"freeze\",\"key\":\"a\",\"after_batches\":-1} | a | \"after_batches\" is -1, wanted a whole number of 0 or more",
        "{\"command\":\"freeze\",\"key\":\"a\",\"after_batches\":1.0} | a | \"after_batches\" is 1.0, wanted a whole number",
        "{\"command\":\"freeze\",\"key\":\"a\",\"after_batches\":\"1\"} | a | \"after_batches\" is \"1\", wanted a whole",
        "{\"command\":\"freeze\",\"key\":\"a\",\"after_batches\":null} | a | \"after_batches\" is null, wanted a whole",
        "{\"command\":\"freeze\",\"key\":\"a\",\"after_batches\":9223372036854775808} | a | \"after_batches\" is 9223372036854775808",
        "{\"command\":\"reset\",\"key\":\"a\",\"file\":\"f\"} | a | reset takes neither \"file\" nor \"statistics\"",
        "{\"command\":\"load\",\"key\":\"a\"} | a | load wants either \"file\" or \"statistics\"",
        "{\"command\":\"load\",\"key\":\"a\",\"file\":\"f\",\"statistics\":{}} | a | load wants either",
        "{\"command\":\"load\",\"key\":\"a\",\"file\":\"/nowhere/f\"} | a | \"file\": there is no file /nowhere/f",
        "{\"command\":\"load\",\"key\":\"a\",\"statistics\":[]} | a | \"statistics\" is [], wanted an object",
      })
  void rejectsALineThatIsNoCommandAndLetsTheOthersStand(String line, String key, String sentence)
      throws Exception {
    Commands control =
        read(
            "{\"command\":\"freeze\",\"key\":\"x\"}\n%s\n{\"command\":\"reset\",\"key\":\"y\"}",
            line);

    assertThat(control.directives()).containsExactly(Directive.freeze("x"), Directive.reset("y"));
    RejectedRecord rejected = control.rejected().get(0);
    assertThat(control.rejected()).hasSize(1);
    assertThat(rejected.key()).isEqualTo(key == null ? "" : key);
    assertThat(rejected.id()).isEqualTo("line 2");
    assertThat(rejected.reason()).isEqualTo(RejectionReason.MALFORMED_COMMAND);
    assertThat(rejected.message())
        .startsWith("line 2 of " + folder.resolve("control.jsonl") + ": " + sentence);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "\"running_var\":[1],\"num_batches_tracked\":1 | \"running_mean\" is missing, wanted an array of numbers",
        "\"running_mean\":[],\"running_var\":[],\"num_batches_tracked\":1 | \"running_mean\" is [], wanted an array",
        "\"running_mean\":[\"1\"],\"running_var\":[1],\"num_batches_tracked\":1 | \"running_mean\" holds \"1\", wanted numbers",
        "\"running_mean\":[1e999],\"running_var\":[1],\"num_batches_tracked\":1 | \"running_mean\" holds ",
        "\"running_mean\":[1],\"running_var\":[-1],\"num_batches_tracked\":1 | running_var[0] is -1.0, wanted 0 or more",
        "\"running_mean\":[1],\"running_var\":[1,2],\"num_batches_tracked\":1 | running_mean has 1 channels and running_var 2",
        "\"running_mean\":[1],\"running_var\":[1] | \"num_batches_tracked\" is missing, wanted a whole number",
        "\"running_mean\":[1],\"running_var\":[1],\"num_batches_tracked\":-1 | \"num_batches_tracked\" is -1",
        "\"running_mean\":[1],\"running_var\":[1],\"num_batches_tracked\":9223372036854775807 | num_batches_tracked is 9223372036854775807, wanted 0 to 2^62",
        "\"running_mean\":[1],\"running_var\":[1],\"num_batches_tracked\":1,\"count\":\"many\" | \"count\" is \"many\", wanted a whole number",
        "\"running_mean\":[1],\"running_var\":[1],\"num_batches_tracked\":1,\"weight\":[2,3] | weight and bias have 2 channels, running_mean 1",
        "\"running_mean\":[1],\"running_var\":[1],\"num_batches_tracked\":1,\"reset\":true | \"reset\" is no field of statistics, wanted bias, count, num_batches_tracked, running_mean, running_var, weight",
        "\"running_mean\":[1],\"running_var\":[1],\"num_batches_tracked\":1,\"bias\":[[0]] | \"bias\" holds an array, wanted numbers",
      })
  void rejectsStatisticsThatAreNone(String fields, String sentence) throws Exception {
    Commands control = read("{\"command\":\"load\",\"key\":\"a\",\"statistics\":{%s}}", fields);

    assertThat(control.directives()).isEmpty();
    assertThat(control.rejected())
        .singleElement()
        .extracting(RejectedRecord::message)
        .asString()
        .startsWith("line 1 of " + folder.resolve("control.jsonl") + ": " + sentence);
  }

  @Test
  void rejectsAFileWithoutTheKeyOrWithoutAnyKey() throws Exception {
    Path some = folder.resolve("some.safetensors");
    Path none = folder.resolve("none.safetensors");
    StatisticsFile.write(some, Map.of("a", ONE_CHANNEL), false, Map.of());
    StatisticsFile.write(none, Map.of(), false, Map.of());

    Commands control =
        read(
            """
            {"command":"load","key":"b","file":"%s"}
            {"command":"load","key":"*","file":"%s"}
            """,
            some, none);

    assertThat(control.directives()).isEmpty();
    assertThat(control.rejected())
        .extracting(RejectedRecord::message)
        .satisfiesExactly(
            first -> assertThat(first).endsWith(some + " has no statistics of key b"),
            second -> assertThat(second).endsWith(none + " has no statistics of any key"));
  }

  @Test
  void rejectsStatisticsWithoutCountWhereAPopulationGoesOnFromThem() throws Exception {
    Path file =
        Files.writeString(
            folder.resolve("control.jsonl"),
            """
            {"command":"load","key":"a","statistics":{"running_mean":[0],"running_var":[1],"num_batches_tracked":1}}
            {"command":"load","key":"a","statistics":{"running_mean":[0],"running_var":[1],"num_batches_tracked":1,"count":8}}
            """);

    Commands control = Commands.read(file, true);

    assertThat(control.directives())
        .extracting(directive -> directive.statistics().count())
        .containsExactly(8L);
    assertThat(control.rejected())
        .singleElement()
        .extracting(RejectedRecord::message)
        .asString()
        .contains("line 1 of", "have no \"count\", which --averaging population wants");
  }

  @Test
  void aFileThatCannotBeReadIsNoControlFile() {
    assertThatThrownBy(() -> Commands.read(folder.resolve("gone"), false))
        .isInstanceOf(NoSuchFileException.class);
  }

  private Commands read(String text, Object... parts) throws IOException {
    Path file = folder.resolve("control.jsonl");
    Files.writeString(file, parts.length == 0 ? text : text.formatted(parts));
    return Commands.read(file, false);
  }
}
