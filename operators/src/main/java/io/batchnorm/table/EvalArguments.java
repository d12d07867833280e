package io.batchnorm.table;

import java.io.Serializable;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.logical.ArrayType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.LogicalTypeFamily;
import org.apache.flink.table.types.logical.LogicalTypeRoot;

/**
 * Which argument of BATCH_NORM_EVAL stands where, in either of its two forms. The features are the
 * first; {@link #ABSENT} is the place of what was left out.
 *
 * @param fromFile whether statistics come from a file, whose path and key are the next two; else
 *     they are arguments, running_mean, running_var and num_batches_tracked the next three
 */
record EvalArguments(boolean fromFile, int weight, int bias, int shape, int eps)
    implements Serializable {
  static final int FEATURES = 0;
  static final int PATH = 1;
  static final int KEY = 2;
  static final int RUNNING_MEAN = 1;
  static final int RUNNING_VAR = 2;
  static final int NUM_BATCHES_TRACKED = 3;
  static final int ABSENT = -1;

  static final String FILE_FORM = "features, path, key [, shape] [, eps]";
  static final String JOIN_FORM =
      "features, running_mean, running_var, num_batches_tracked [, weight, bias [, shape]] [, eps]";

  /** By the kinds of their types: a(rray), s(tring), i(nteger), f(raction). */
  private static final Pattern FILE = Pattern.compile("ass(?<shape>a)?(?<eps>[if])?");

  private static final Pattern JOIN =
      Pattern.compile("aaai(?:(?<weight>a)(?<bias>a)(?<shape>a)?)?(?<eps>[if])?");

  /**
   * Finds them by their types.
   *
   * @throws ValidationException if there is no such form
   */
  static EvalArguments of(List<DataType> types) {
    String kinds =
        types.stream().map(type -> kind(type.getLogicalType())).collect(Collectors.joining());
    Matcher file = FILE.matcher(kinds);
    if (file.matches()) {
      return new EvalArguments(true, ABSENT, ABSENT, file.start("shape"), file.start("eps"));
    }
    Matcher join = JOIN.matcher(kinds);
    if (join.matches()) {
      return new EvalArguments(
          false, join.start("weight"), join.start("bias"), join.start("shape"), join.start("eps"));
    }
    throw new ValidationException(
        "BATCH_NORM_EVAL has (%s), wanted (%s) or (%s), where path and key are STRINGs, num_batches_tracked and eps numbers, and all others ARRAYs of numbers; CAST what differs"
            .formatted(
                types.stream()
                    .map(type -> type.getLogicalType().asSummaryString())
                    .collect(Collectors.joining(", ")),
                FILE_FORM,
                JOIN_FORM));
  }

  private static String kind(LogicalType type) {
    if (type.is(LogicalTypeRoot.ARRAY)) {
      return Numbers.are(((ArrayType) type).getElementType()) ? "a" : "?";
    }
    if (type.is(LogicalTypeFamily.CHARACTER_STRING)) {
      return "s";
    }
    if (type.is(LogicalTypeFamily.INTEGER_NUMERIC)) {
      return "i";
    }
    return Numbers.are(type) ? "f" : "?";
  }
}
