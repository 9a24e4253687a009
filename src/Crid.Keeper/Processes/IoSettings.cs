using Crid.Keeper.Protocol;

namespace Crid.Keeper;

/// <summary>What of a create request says how the container's stdio is handled, as kept in its state file.</summary>
internal sealed record IoSettings(string Directory, string? LogPath, int MaxLineBytes, bool Terminal, bool Stdin, bool StdinOnce)
{
    internal string StdinFifo => $"{Directory}/stdin";

    internal string StdoutFifo => $"{Directory}/stdout";

    internal string StderrFifo => $"{Directory}/stderr";

    /// <summary>Without a log file output goes to /dev/null and needs no FIFO.</summary>
    internal bool HasOutputFifos => !Terminal && LogPath is not null;

    internal bool HasStdinFifo => !Terminal && Stdin;

    internal static IoSettings From(CreateRequest request) =>
        new(request.IoDirectory, request.LogPath, request.MaxLogLineBytes, request.Terminal, request.Stdin, request.StdinOnce);
}
