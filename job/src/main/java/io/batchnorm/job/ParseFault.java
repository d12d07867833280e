package io.batchnorm.job;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** What the parser found, in sentences like those of the other faults. */
final class ParseFault {
  private ParseFault() {}

  /** One sentence for each thing that is wrong. */
  static List<String> of(ParameterException fault) {
    if (fault instanceof UnmatchedArgumentException unmatched) {
      return unmatched(unmatched);
    }
    if (fault instanceof MissingParameterException missing) {
      return missing.getMissing().stream()
          .map(argument -> "%s has no value, wanted %s".formatted(name(argument), label(argument)))
          .toList();
    }
    ArgSpec argument = fault.getArgSpec();
    if (argument == null || fault.getValue() == null) {
      return List.of(fault.getMessage());
    }
    return List.of(
        "%s is \"%s\", wanted %s".formatted(name(argument), fault.getValue(), wanted(argument)));
  }

  /** What follows an unknown option is its value, and no fault of its own. */
  private static List<String> unmatched(UnmatchedArgumentException fault) {
    List<String> sentences = new ArrayList<>();
    boolean value = false;
    for (String argument : fault.getUnmatched()) {
      if (argument.startsWith("-")) {
        sentences.add(unknown(fault.getCommandLine(), argument));
        value = true;
      } else if (!value) {
        sentences.add("\"%s\" is one argument too many".formatted(argument));
      }
    }
    return sentences;
  }

  private static String unknown(CommandLine command, String option) {
    List<String> similar =
        new UnmatchedArgumentException(command, List.of(option)).getSuggestions();
    return similar.isEmpty()
        ? "there is no option %s".formatted(option)
        : "there is no option %s, did you mean %s?".formatted(option, similar.get(0));
  }

  private static String name(ArgSpec argument) {
    return argument instanceof OptionSpec option ? option.longestName() : label(argument);
  }

  private static String label(ArgSpec argument) {
    return argument.paramLabel();
  }

  private static String wanted(ArgSpec argument) {
    Class<?> type = argument.type();
    if (label(argument).contains("|")) {
      return label(argument).replace("|", " or ");
    }
    if (type.isEnum()) {
      return Arrays.stream(type.getEnumConstants())
          .map(constant -> ((Enum<?>) constant).name().toLowerCase(Locale.ROOT))
          .collect(Collectors.joining(" or "));
    }
    boolean whole = type == Integer.class || type == Long.class;
    return whole ? "a whole number" : "a number";
  }
}
