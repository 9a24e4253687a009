namespace Crid.Cli;

/// <summary>How a pod is run.</summary>
/// <param name="Detach">Return when it runs.</param>
/// <param name="Remove">Remove it when it has ended.</param>
/// <param name="Quiet">No progress of pulls.</param>
internal sealed record RunMode(bool Detach, bool Remove, bool Quiet);
