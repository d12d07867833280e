package io.batchnorm.job;

import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code batchnorm demo}. */
@Command(name = "demo", mixinStandardHelpOptions = true, description = "x")
final class DemoCommand implements ConsoleCommand {
  @Parameters(arity = "0..1")
  String what = "images";

  @Override
  public List<String> faults() {
    return List.of();
  }

  @Override
  public void run(Console console) {}
}
