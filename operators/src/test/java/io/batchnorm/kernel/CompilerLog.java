package io.batchnorm.kernel;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Vector operations in compiled code, counted in the log of HotSpot's compiler: whatever an
 * operation is, a step that finds what computes it is inlined with it.
 */
final class CompilerLog {
  private static final Pattern CODE = Pattern.compile("<task .*method='([^ ]+ [^ ]+) .*");
  private static final Pattern CLASS = Pattern.compile("<klass id='(\\d+)' .*\\$ImplCache'.*");
  private static final Pattern STEP =
      Pattern.compile("<method id='(\\d+)' holder='(\\d+)' name='find' .*");
  private static final Pattern INLINED = Pattern.compile("<parse method='(\\d+)' .*");

  private final Map<String, Integer> operations = new HashMap<>();

  /** Of the code that is read: the next has other numbers for classes and methods. */
  private String method;

  private String stepsClass;
  private String step;
  private int steps;

  private CompilerLog() {}

  /** Of a JVM that logs to {@code file}. */
  static String[] flags(Path file) {
    return new String[] {
      OtherJvm.MODULE,
      "-XX:+UnlockDiagnosticVMOptions",
      "-XX:+LogCompilation",
      "-XX:LogFile=" + file
    };
  }

  /** The most that are in code of each method, with all that is inlined there. */
  static Map<String, Integer> operations(Path file) throws IOException {
    CompilerLog log = new CompilerLog();
    Files.readAllLines(file).forEach(log::read);
    return log.operations;
  }

  private void read(String line) {
    Matcher code = CODE.matcher(line);
    Matcher type = CLASS.matcher(line);
    Matcher found = STEP.matcher(line);
    Matcher inlined = INLINED.matcher(line);
    if (code.matches()) {
      method = code.group(1);
      stepsClass = null;
      step = null;
      steps = 0;
    } else if (type.matches()) {
      stepsClass = type.group(1);
    } else if (found.matches() && found.group(2).equals(stepsClass)) {
      step = found.group(1);
    } else if (inlined.matches() && inlined.group(1).equals(step)) {
      steps++;
      operations.merge(method, steps, Math::max);
    }
  }
}
