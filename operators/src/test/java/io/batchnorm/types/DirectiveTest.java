package io.batchnorm.types;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.batchnorm.core.LayerState;
import io.batchnorm.core.RunningStatistics;
import io.batchnorm.types.Directive.Command;
import org.junit.jupiter.api.Test;

class DirectiveTest {
  private static final RunningStatistics STATISTICS =
      RunningStatistics.of(3, 12, new double[] {0.5}, new double[] {2});

  @Test
  void onlyLoadTakesStatisticsAndLoadMustHaveThem() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Directive(Command.LOAD, "k", 0, null))
        .withMessage("load wants statistics");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Directive(Command.FREEZE, "k", 0, STATISTICS))
        .withMessage("freeze takes no statistics");
  }

  @Test
  void actsAfterNoOrSomeBatches() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Directive.reset("k").afterBatches(-1))
        .withMessage("after_batches is -1, wanted 0 or more");
    assertThat(Directive.reset("k").afterBatches(5))
        .isEqualTo(new Directive(Command.RESET, "k", 5, null));
  }

  @Test
  void starAddressesAllKeys() {
    assertThat(Directive.freeze("*").forAllKeys()).isTrue();
    assertThat(Directive.freeze("**").forAllKeys()).isFalse();
  }

  @Test
  void doesToALayerWhatItsNameSays() {
    LayerState layer = Directive.load("k", STATISTICS).applyTo(LayerState.NEW);
    assertThat(layer.statistics()).contains(STATISTICS);

    LayerState frozen = Directive.freeze("k").applyTo(layer);
    assertThat(frozen.frozen()).isTrue();
    assertThat(frozen.statistics()).contains(STATISTICS);

    assertThat(Directive.unfreeze("k").applyTo(frozen)).isEqualTo(layer);
    assertThat(Directive.reset("k").applyTo(frozen).statistics()).isEmpty();
    assertThat(Directive.reset("k").applyTo(frozen).frozen()).isTrue();
  }
}
