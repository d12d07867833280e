package io.batchnorm.table;

import java.util.List;
import java.util.Optional;
import org.apache.flink.table.functions.FunctionDefinition;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.inference.ArgumentCount;
import org.apache.flink.table.types.inference.CallContext;
import org.apache.flink.table.types.inference.InputTypeStrategy;
import org.apache.flink.table.types.inference.Signature;

/** Takes the arguments of one call as they are; the signature has checked them. */
final class RowsAsHeld implements InputTypeStrategy {
  private final List<DataType> types;

  RowsAsHeld(List<DataType> types) {
    this.types = List.copyOf(types);
  }

  @Override
  public ArgumentCount getArgumentCount() {
    return new Any();
  }

  @Override
  public Optional<List<DataType>> inferInputTypes(CallContext context, boolean throwOnFailure) {
    return Optional.of(types);
  }

  @Override
  public List<Signature> getExpectedSignatures(FunctionDefinition definition) {
    return List.of();
  }

  private static final class Any implements ArgumentCount {
    @Override
    public boolean isValidCount(int count) {
      return true;
    }

    @Override
    public Optional<Integer> getMinCount() {
      return Optional.empty();
    }

    @Override
    public Optional<Integer> getMaxCount() {
      return Optional.empty();
    }
  }
}
