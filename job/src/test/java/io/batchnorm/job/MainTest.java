package io.batchnorm.job;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MainTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "--help",
        "run --help",
        "demo --help",
        "run --help --eps nonsense",
        "-h",
        "statistics --help",
        "statistics show --help",
        "statistics diff --help",
        "statistics merge --help",
        "sql --help"
      })
  void helpsWhateverElseIsGiven(String line) {
    Outcome outcome = Outcome.of(line.split(" ")).succeeded();

    assertThat(outcome.out()).startsWith("Usage: batchnorm");
    assertThat(outcome.out().lines()).allMatch(text -> text.length() <= 100);
  }

  @Test
  void theHelpNamesEveryOptionAndItsValues() {
    assertThat(Outcome.of("run", "--help").out())
        .contains("--input", "--output", "--mode", "--momentum", "--averaging", "--eps")
        .contains("--batch-size", "--batch-timeout", "--key-column", "--feature-columns")
        .contains("--time-column", "--statistics-in", "--statistics-out", "--rejected")
        .contains("--non-finite", "--unknown-key", "--control", "--freeze-after", "--parallelism")
        .contains("--checkpoint-dir", "--checkpoint-interval", "--state-backend")
        .contains("npy:DIR", "images:DIR", "csv:FILE", "jsonl:DIR", "none", "train", "eval")
        .contains("Exit status: 0 done");
    assertThat(Outcome.of("demo", "--help").out()).contains("images", "sensors", "--output");
  }

  @Test
  void tellsItsVersion() {
    assertThat(Outcome.of("--version").succeeded().out()).startsWith("batchnorm ");
  }

  @Test
  void wantsACommand() {
    Outcome.of()
        .refused(
            "batchnorm", "a command is missing, wanted one of run, feed, demo, statistics, sql");
    Outcome.of("runn", "--input", "x")
        .refused(
            "batchnorm",
            "there is no command \"runn\", wanted one of run, feed, demo, statistics, sql");
    Outcome.of("--eps", "1")
        .refused(
            "batchnorm",
            "there is no command \"--eps\", wanted one of run, feed, demo, statistics, sql");
  }

  @Test
  void wantsADemoThatThereIs() {
    Outcome.of("demo", "cats", "dogs", "--output", "/dev/null/x")
        .refused(
            "batchnorm demo",
            "\"dogs\" is one argument too many",
            "there is no demo \"cats\", wanted images or sensors",
            "--output: /dev/null is a file, wanted a folder");
  }

  @Test
  void tellsAllThatTheParserAndTheChecksFoundAtOnce() {
    Outcome.of(
            ("run extra --eps tiny --momentum 7 --mode learn --averaging mean --batch-size 1.5"
                    + " --freeze-after many --parallelism 0 --non-finite keep --unknown-key maybe"
                    + " --inptu npy:x --state-backend disk --output")
                .split(" "))
        .refused(
            "batchnorm run",
            "\"extra\" is one argument too many",
            "--eps is \"tiny\", wanted a number",
            "--momentum is 7.0, wanted a number in [0, 1]: the weight of the new batch",
            "--mode is \"learn\", wanted train or eval",
            "--averaging is \"mean\", wanted exponential or cumulative or population",
            "--batch-size is \"1.5\", wanted a whole number",
            "--freeze-after is \"many\", wanted a whole number",
            "--parallelism is 0, wanted 1 to 128",
            "--non-finite is \"keep\", wanted reject or propagate",
            "--unknown-key is \"maybe\", wanted reject or initial",
            "there is no option --inptu, did you mean --input?",
            "--state-backend is \"disk\", wanted hashmap or rocksdb",
            "--output has no value, wanted URI",
            "--input is missing, wanted npy:DIR or images:DIR or csv:FILE or kafka:TOPIC",
            "--output is missing, wanted npy:DIR or jsonl:DIR or kafka:TOPIC or none");
  }

  @Test
  void hasNoModeForServingOnly() {
    assertThat(Outcome.of("run", "--mode", "adapt").err())
        .contains("batchnorm run: --mode is \"adapt\", wanted train or eval\n");
  }

  @Test
  void takesWordsInAnyCase() {
    Outcome.of("run", "--mode", "TRAIN", "--non-finite", "Reject", "--output", "none")
        .refused(
            "batchnorm run",
            "--input is missing, wanted npy:DIR or images:DIR or csv:FILE or kafka:TOPIC");
  }

  @Test
  void refusesAnOptionThatIsGivenTwice() {
    assertThat(Outcome.of("run", "--eps", "1", "--eps", "2").err())
        .contains("option '--eps' (E) should be specified only once");
  }
}
