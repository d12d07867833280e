package io.batchnorm.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

/**
 * What the checks of {@code run} say of a command that reads {@code in} and writes nothing, but for
 * a change.
 */
record CheckedRun(Path folder) {
  List<String> faults(Consumer<RunCommand> change) {
    return RunOptions.of(command(change)).faults();
  }

  RunOptions options(Consumer<RunCommand> change) {
    RunOptions.Checked checked = RunOptions.of(command(change));
    assertThat(checked.faults()).isEmpty();
    return checked.options();
  }

  private RunCommand command(Consumer<RunCommand> change) {
    RunCommand run = new RunCommand();
    run.input = "npy:" + folder.resolve("in");
    run.output = "none";
    change.accept(run);
    return run;
  }
}
