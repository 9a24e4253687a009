using System.CommandLine;
using Google.Protobuf;

namespace Crid.Cli;

/// <summary>A table that is measured and drawn over again until Ctrl-C, or once for scripts and files.</summary>
internal sealed class LiveTable
{
    private const string Home = "\u001b[H";
    private const string ClearRest = "\u001b[J";
    private static readonly TimeSpan DefaultInterval = TimeSpan.FromSeconds(1);

    private readonly Option<bool> _once = new("--no-stream") { Description = "Measure once and end" };
    private readonly Option<TimeSpan?> _interval = new("--interval", "-i")
    {
        Description = "Time between measurements (1s)",
        HelpName = "duration",
        CustomParser = result => DurationText.ParseArgument(result),
    };

    public void AddTo(Command command)
    {
        command.Add(_once);
        command.Add(_interval);
    }

    /// <summary>Measures and shows: use is the difference to the measurement before, so the first one is not shown.</summary>
    public async Task RunAsync<T>(
        ParseResult parsed, VerbContext context, Func<Task<IReadOnlyList<T>>> measure, Func<IReadOnlyList<T>, IReadOnlyList<T>, Table> table, CancellationToken cancellation)
        where T : IMessage
    {
        TimeSpan interval = parsed.GetValue(_interval) is { Ticks: > 0 } wanted ? wanted : DefaultInterval;
        IReadOnlyList<T> before = await measure();
        if (context.Format == OutputFormat.Json)
        {
            await context.Output.WriteLineAsync(JsonText.Write(JsonText.OfAll(before.Cast<IMessage>())));
            return;
        }

        bool isLive = context.Terminal.Width is not null && !parsed.GetValue(_once);
        do
        {
            await Task.Delay(interval, context.Clock, cancellation);
            IReadOnlyList<T> now = await measure();
            Draw(context, table(before, now), isLive);
            before = now;
        }
        while (isLive);
    }

    private static void Draw(VerbContext context, Table table, bool isLive)
    {
        if (!isLive)
        {
            context.WriteTable(table);
            return;
        }

        // One write for the whole screen, so that it does not flicker.
        using StringWriter screen = new();
        screen.Write(Home + ClearRest);
        table.Write(screen, context.Terminal.Width);
        context.Output.Write(screen.ToString());
    }
}
