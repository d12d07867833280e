package io.batchnorm.job;

import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/**
 * The command line. Exit status: 0 done, 1 the job failed, 2 bad arguments (every one is named, and
 * nothing was started).
 */
@Command(
    name = "batchnorm",
    description = "Batch normalization of streams with the numbers of PyTorch, on Flink.",
    subcommands = {
      RunCommand.class,
      FeedCommand.class,
      DemoCommand.class,
      StatisticsCommand.class,
      SqlCommand.class
    },
    mixinStandardHelpOptions = true,
    usageHelpWidth = 100,
    version = "batchnorm 0.1.0",
    synopsisSubcommandLabel = "COMMAND",
    footer = {"", "batchnorm COMMAND --help tells the options of a command."})
public final class Main {
  private static final int FAILED = 1;
  private static final int BAD_ARGUMENTS = 2;

  private Main() {}

  /** Runs one command, and exits unless all went well. */
  public static void main(String[] args) {
    StandardError.restore();
    TemporaryFolder.removeAtExit();
    int status = run(args, new Console(System.out, System.err));
    if (status != 0) {
      System.exit(status);
    }
  }

  /** Runs one command and gives its exit status. */
  static int run(String[] args, Console console) {
    CommandLine line = commandLine();
    ParseResult parsed = line.parseArgs(args);
    ParseResult command = parsed;
    while (command.hasSubcommand()) {
      command = command.subcommand();
    }
    if (showedHelp(command, console)) {
      return 0;
    }
    String name = command.commandSpec().qualifiedName();
    try {
      checkParsed(parsed);
      return ((ConsoleCommand) command.commandSpec().userObject()).run(console);
    } catch (UsageException e) {
      e.faults().forEach(fault -> console.err().println(name + ": " + fault));
      console.err().println("Try '" + name + " --help'.");
      return BAD_ARGUMENTS;
    } catch (JobFailedException e) {
      console.err().println(name + ": the job failed: " + e.getMessage());
      return FAILED;
    }
  }

  private static CommandLine commandLine() {
    CommandLine line = new CommandLine(new Main());
    collectErrors(line);
    return line;
  }

  private static void collectErrors(CommandLine line) {
    line.getCommandSpec().parser().collectErrors(true);
    line.setExpandAtFiles(false);
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.getSubcommands().values().forEach(Main::collectErrors);
  }

  private static boolean showedHelp(ParseResult command, Console console) {
    CommandLine line = command.commandSpec().commandLine();
    if (command.isUsageHelpRequested()) {
      line.usage(new PrintWriter(console.out(), true, Charset.defaultCharset()));
      return true;
    }
    if (command.isVersionHelpRequested()) {
      line.printVersionHelp(console.out());
      return true;
    }
    return false;
  }

  private static void checkParsed(ParseResult parsed) throws UsageException {
    List<String> faults = new ArrayList<>();
    ParseResult command = parsed;
    List<Exception> errors = new ArrayList<>(command.errors());
    while (command.hasSubcommand()) {
      command = command.subcommand();
      errors.addAll(command.errors());
    }
    if (command.commandSpec().userObject() instanceof ConsoleCommand checked) {
      errors.stream()
          .flatMap(error -> ParseFault.of((ParameterException) error).stream())
          .forEach(faults::add);
      faults.addAll(checked.faults());
    } else {
      faults.add(commandMissing(command));
    }
    if (!faults.isEmpty()) {
      throw new UsageException(faults.stream().distinct().toList());
    }
  }

  private static String commandMissing(ParseResult parsed) {
    String wanted = String.join(", ", parsed.commandSpec().subcommands().keySet());
    List<String> unmatched = parsed.unmatched();
    return unmatched.isEmpty()
        ? "a command is missing, wanted one of %s".formatted(wanted)
        : "there is no command \"%s\", wanted one of %s".formatted(unmatched.get(0), wanted);
  }
}
