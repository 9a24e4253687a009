using Crid.Linux;

namespace Crid.Keeper;

/// <summary>Whoever has children that <see cref="ExitWatch"/> reaps but does not know.</summary>
internal interface IReaped
{
    /// <summary>It has no child and expects none.</summary>
    bool IsIdle { get; }

    /// <summary>False where the ended child is none of its own.</summary>
    bool TryEnd(ProcessEnd end);
}
