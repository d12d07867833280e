package io.batchnorm.table;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.functions.FunctionDefinition;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.inference.ArgumentCount;
import org.apache.flink.table.types.inference.CallContext;
import org.apache.flink.table.types.inference.ConstantArgumentCount;
import org.apache.flink.table.types.inference.InputTypeStrategy;
import org.apache.flink.table.types.inference.Signature;
import org.apache.flink.table.types.inference.TypeInference;

/** What {@link BatchNormEvalFunction} takes and gives. */
final class EvalTypes implements InputTypeStrategy {
  private static final int FEWEST = 3;
  private static final int MOST = 8;

  private EvalTypes() {}

  static TypeInference inference() {
    return TypeInference.newBuilder()
        .inputTypeStrategy(new EvalTypes())
        .outputTypeStrategy(call -> Optional.of(EvalCall.resultType()))
        .build();
  }

  @Override
  public ArgumentCount getArgumentCount() {
    return ConstantArgumentCount.between(FEWEST, MOST);
  }

  @Override
  public Optional<List<DataType>> inferInputTypes(CallContext call, boolean throwOnFailure) {
    try {
      EvalCall.of(call);
    } catch (ValidationException e) {
      return call.fail(throwOnFailure, "%s", e.getMessage());
    }
    return Optional.of(call.getArgumentDataTypes().stream().map(DataType::toInternal).toList());
  }

  @Override
  public List<Signature> getExpectedSignatures(FunctionDefinition definition) {
    return List.of(signature(EvalArguments.FILE_FORM), signature(EvalArguments.JOIN_FORM));
  }

  private static Signature signature(String form) {
    return Signature.of(
        Arrays.stream(form.split(",")).map(String::strip).map(Signature.Argument::of).toList());
  }
}
