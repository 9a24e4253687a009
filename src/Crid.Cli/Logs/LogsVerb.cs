using System.CommandLine;
using Crid.Api;

namespace Crid.Cli;

/// <summary><c>crid logs</c>: reads the log file of a container on this machine.</summary>
internal static class LogsVerb
{
    public static readonly string[] Examples =
    [
        "crid logs web                  # everything since the log was last rotated",
        "crid logs -f --tail 20 web     # the last 20 lines, and what follows until the container ends",
        "crid logs --since 10m -t web   # the last ten minutes, with times",
    ];

    public static Command Create()
    {
        Argument<string> name = new("CONTAINER") { Description = "Name, pod/name, or the beginning of the id" };
        Option<bool> follow = new("--follow", "-f") { Description = "Go on until the container has ended" };
        Option<int?> tail = new("--tail", "-n") { Description = "Start with the last so many lines", HelpName = "lines" };
        Option<string?> since = new("--since") { Description = "Leave out older lines: a time (2006-01-02T15:04:05Z) or a duration (10m)", HelpName = "time" };
        Option<bool> timestamps = new("--timestamps", "-t") { Description = "Show the time of each line" };
        Command command = new("logs", "Show what a container wrote") { name, follow, tail, since, timestamps };
        Verb.Attach(command, new CommonOptions { HasOutput = false }, async (parsed, context, cancellation) =>
        {
            if (parsed.GetValue(tail) is < 0)
            {
                throw CliException.Usage("--tail is a number of lines, 0 or more");
            }

            Container container = await new ObjectFinder(context.Daemon).GetContainerAsync(parsed.GetRequiredValue(name), cancellation);
            ContainerStatusResponse status = await context.Daemon.Runtime.ContainerStatusAsync(
                new ContainerStatusRequest { ContainerId = container.Id }, context.Daemon.Within(cancellation));
            if (status.Status.LogPath.Length == 0)
            {
                throw new CliException($"container '{container.Metadata.Name}' has no log: it was created without a log path");
            }

            LogOptions options = new(
                parsed.GetValue(follow), parsed.GetValue(tail), ParseSince(parsed.GetValue(since), context.Clock.GetUtcNow()), parsed.GetValue(timestamps));
            LogPrinter printer = new(context.Terminal.OutputBytes, context.Terminal.ErrorBytes, options);
            ContainerWatch watch = new(context.Daemon, context.Clock, container.Id);
            await new LogReader(context.Clock).ReadAsync(status.Status.LogPath, printer, options, watch.HasEndedAsync, cancellation);
            return ExitCodes.Success;
        });
        return command;
    }

    internal static DateTimeOffset? ParseSince(string? text, DateTimeOffset now)
    {
        if (text is null)
        {
            return null;
        }

        if (DurationText.TryParse(text, out TimeSpan ago))
        {
            return now - ago;
        }

        return DateTimeOffset.TryParse(text, out DateTimeOffset time)
            ? time
            : throw CliException.Usage($"--since '{text}' is neither a time such as 2006-01-02T15:04:05Z nor a duration such as 10m");
    }
}
