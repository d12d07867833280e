package io.batchnorm.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** What a command did: its exit status, and what it printed. */
record Outcome(int status, String out, String err) {

  /** Runs a command in this process. */
  static Outcome of(String... args) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    Console console = new Console(stream(out), stream(err));
    int status = Main.run(args, console);
    return new Outcome(
        status, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  /** Runs a command in this process. */
  static Outcome of(List<String> args) {
    return of(args.toArray(new String[0]));
  }

  private static PrintStream stream(ByteArrayOutputStream bytes) {
    return new PrintStream(bytes, true, StandardCharsets.UTF_8);
  }

  /** Done, with nothing to say on standard error. */
  Outcome succeeded() {
    assertThat(err).isEmpty();
    assertThat(status).isZero();
    return this;
  }

  /** Exit status 2 with exactly these faults in any order, and nothing on standard output. */
  void refused(String command, String... faults) {
    assertThat(status).as(err).isEqualTo(2);
    assertThat(out).isEmpty();
    List<String> lines = err.lines().toList();
    assertThat(lines.get(lines.size() - 1)).isEqualTo("Try '%s --help'.", command);
    assertThat(lines.subList(0, lines.size() - 1))
        .extracting(line -> line.replaceFirst(command + ": ", ""))
        .containsExactlyInAnyOrder(faults);
  }

  /** The first line of the summary without its time, such as "normalized 3 records...". */
  String counts() {
    return out.lines().findFirst().orElse("").replaceFirst(", in [0-9.]+ s$", "");
  }
}
