package io.batchnorm.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class MainTest {
  @Test
  void idsAreUnique() {
    assertThat(Main.rows().stream().map(Row::id)).doesNotHaveDuplicates();
  }

  @Test
  void kernelsHaveARowOfEachKindForEachShape() {
    assertThat(ids("32x64x56x56"))
        .containsExactlyInAnyOrder(
            "kernel/train/libtorch/32x64x56x56",
            "kernel/train-scalar/libtorch/32x64x56x56",
            "kernel/eval/libtorch/32x64x56x56",
            "kernel/eval/copy/32x64x56x56");
    assertThat(ids("kernel/train/")).hasSize(8);
  }

  @Test
  void severalFiltersChooseTheRowsOfEach() {
    assertThat(ids("kernel/eval/copy/32x8", "kernel/train/libtorch/32x8"))
        .containsExactlyInAnyOrder("kernel/eval/copy/32x8", "kernel/train/libtorch/32x8");
  }

  @Test
  void withoutFilterAllRowsAreChosen() {
    assertThat(ids()).hasSameSizeAs(Main.rows());
  }

  @Test
  void refusesAFilterThatChoosesNothing() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ids("kernel/", "kernle"))
        .withMessageContaining("no row's id contains kernle");
  }

  @Test
  void roundsAreTakenOutOfTheOptions() {
    List<String> options = new ArrayList<>(List.of("--rounds", "2", "kernel/"));

    assertThat(Main.full(options)).isEqualTo(Effort.FULL.withRounds(2));
    assertThat(options).containsExactly("kernel/");
    assertThat(Main.full(options)).isEqualTo(Effort.FULL);
  }

  @Test
  void refusesRoundsThatAreNoNumber() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Main.full(new ArrayList<>(List.of("--rounds", "0"))))
        .withMessage("--rounds is 0, wanted 1 to 9999");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Main.full(new ArrayList<>(List.of("--rounds"))))
        .withMessageContaining("missing");
  }

  private static List<String> ids(String... filters) {
    return Main.chosen(List.of(filters)).stream().map(Row::id).toList();
  }
}
