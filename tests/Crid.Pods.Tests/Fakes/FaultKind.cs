namespace Crid.Pods.Tests;

/// <summary>What goes wrong at a step.</summary>
public enum FaultKind
{
    /// <summary>The step fails and has done nothing.</summary>
    FailBefore,

    /// <summary>The step fails although it has done its work.</summary>
    FailAfter,

    /// <summary>The daemon is killed once the step has done its work: nothing of it happens any more.</summary>
    Crash,
}
