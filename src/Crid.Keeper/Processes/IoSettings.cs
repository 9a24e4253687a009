using Crid.Keeper.Protocol;

namespace Crid.Keeper;

/// <summary>What of a create request says how the container's stdio is handled, as kept in its state file.</summary>
internal sealed record IoSettings(string Directory, string? LogPath, int MaxLineBytes, bool Terminal, bool Stdin, bool StdinOnce)
{
    /// <summary>Clients may attach even where nothing is logged.</summary>
    internal bool Attachable { get; init; }

    /// <summary>The standard input was closed for good.</summary>
    internal bool StdinClosed { get; init; }

    internal string StdinFifo => $"{Directory}/stdin";

    internal string StdoutFifo => $"{Directory}/stdout";

    internal string StderrFifo => $"{Directory}/stderr";

    /// <summary>Where an incomplete line of an output outlives the keeper.</summary>
    internal string RestPath(OutputKind kind) => kind == OutputKind.Stdout ? $"{Directory}/stdout.rest" : $"{Directory}/stderr.rest";

    /// <summary>Where nobody can see it output goes to /dev/null and needs no FIFO.</summary>
    internal bool HasOutputFifos => !Terminal && (Attachable || LogPath is not null);

    internal bool HasStdinFifo => !Terminal && Stdin;

    internal static IoSettings From(CreateRequest request) =>
        new(request.IoDirectory, request.LogPath, request.MaxLogLineBytes, request.Terminal, request.Stdin, request.StdinOnce)
        {
            Attachable = request.Attachable,
        };

    /// <summary>Removes the FIFOs and what is left of incomplete lines.</summary>
    internal void RemoveFiles()
    {
        if (System.IO.Directory.Exists(Directory))
        {
            File.Delete(StdinFifo);
            File.Delete(StdoutFifo);
            File.Delete(StderrFifo);
            File.Delete(RestPath(OutputKind.Stdout));
            File.Delete(RestPath(OutputKind.Stderr));
        }
    }
}
