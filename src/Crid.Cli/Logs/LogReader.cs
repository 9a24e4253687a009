namespace Crid.Cli;

/// <summary>Prints the log of a container, and goes on while the container runs when asked to.</summary>
internal sealed class LogReader(TimeProvider clock)
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(50);

    /// <param name="hasEnded">Whether nothing will be written any more; asked only at the end of the file.</param>
    public async Task ReadAsync(string path, LogPrinter printer, LogOptions options, Func<CancellationToken, Task<bool>> hasEnded, CancellationToken cancellation)
    {
        LogFile? file = LogFile.TryOpen(path);
        try
        {
            if (file is not null && options.Tail is int lines)
            {
                file.SkipToTail(lines);
            }

            bool ended = !options.Follow;
            while (true)
            {
                cancellation.ThrowIfCancellationRequested();
                bool replaced = file is null || file.IsReplaced;
                file?.ReadLines(printer.Print);
                if (replaced && LogFile.TryOpen(path) is LogFile next)
                {
                    file?.Dispose();
                    file = next;
                    continue;
                }

                // The state is asked for before the last read, so that nothing written in between is lost.
                if (ended)
                {
                    return;
                }

                ended = await hasEnded(cancellation);
                if (!ended)
                {
                    await Task.Delay(PollInterval, clock, cancellation);
                }
            }
        }
        finally
        {
            file?.Dispose();
        }
    }
}
