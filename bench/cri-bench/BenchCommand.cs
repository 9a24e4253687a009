using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Grpc.Core;

namespace Crid.Bench;

/// <summary>The command line of cri-bench.</summary>
internal static class BenchCommand
{
    private static readonly string[] AllScenarios = ["pods", "containers", "parallel", "exec", "list", "memory", "polling", "pull"];
    private static readonly string[] NamedScenarios = [.. AllScenarios, "probes", "restart"];

    private static readonly Option<TargetAddress[]> Targets = new("--target")
    {
        Description = "A CRI server; give several to compare them", HelpName = "name=unix:///path[,cgroup=/path]", Required = true, CustomParser = ParseTargets,
    };

    private static readonly Option<string?> Baseline = new("--baseline") { Description = "Target that ratios are against (the last)", HelpName = "name" };
    private static readonly Option<string> Image = new("--image") { Description = "Image with /bin/sleep and /bin/true", DefaultValueFactory = _ => "localhost:5000/busybox:latest" };
    private static readonly Option<string[]> PullImages = new("--pull-image") { Description = "Images that the pull scenario pulls; {round} becomes 1, 2, ... in the rounds", DefaultValueFactory = _ => [] };
    private static readonly Option<int> Iterations = new("--iterations", "-n") { Description = "Samples of each measurement", DefaultValueFactory = _ => 20 };
    private static readonly Option<int[]> Parallel = new("--parallel") { Description = "Pods at a time", HelpName = "1,8", DefaultValueFactory = _ => [8], CustomParser = ParseNumbers };
    private static readonly Option<string> Pid = new("--pid") { Description = "PID namespace of the pods", HelpName = "container|pod|both", DefaultValueFactory = _ => "both" };
    private static readonly Option<string[]> Scenarios = new("--scenario")
    {
        Description = "What to measure: " + string.Join(", ", AllScenarios) + ", or probes, which take a while, or restart, which kills the servers", HelpName = "a,b,...", DefaultValueFactory = _ => AllScenarios, CustomParser = ParseScenarios,
    };

    private static readonly Option<int> MemoryPods = new("--memory-pods") { Description = "Pods of the memory scenario", DefaultValueFactory = _ => 50 };
    private static readonly Option<int> PollingPods = new("--polling-pods") { Description = "Pods of the polling scenario", DefaultValueFactory = _ => 110 };
    private static readonly Option<int> ListContainers = new("--list-containers") { Description = "Containers of the list and restart scenarios", DefaultValueFactory = _ => 100 };
    private static readonly Option<int> ProbeRate = new("--probe-rate") { Description = "Exec probes a second", DefaultValueFactory = _ => 100 };
    private static readonly Option<int> ProbeSeconds = new("--probe-seconds") { Description = "How long they go on", DefaultValueFactory = _ => 60 };
    private static readonly Option<string?> LogDirectory = new("--log-dir") { Description = "Where container logs go (a temporary directory)" };
    private static readonly Option<string> Handler = new("--runtime-handler") { Description = "Runtime handler on all targets", DefaultValueFactory = _ => "" };
    private static readonly Option<string> Output = new("--output", "-o") { Description = "Form of the report", HelpName = "table|json|markdown", DefaultValueFactory = _ => "table" };

    public static RootCommand Create()
    {
        Pid.AcceptOnlyFromAmong("container", "pod", "both");
        Output.AcceptOnlyFromAmong("table", "json", "markdown");
        RootCommand root = new("Measures CRI servers side by side: the targets take turns, sample by sample.")
        {
            Targets, Baseline, Image, PullImages, Iterations, Parallel, Pid, Scenarios, MemoryPods, ListContainers, PollingPods, ProbeRate, ProbeSeconds, LogDirectory, Handler, Output,
        };
        root.SetAction(RunAsync);
        return root;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        string? temporary = parsed.GetValue(LogDirectory) is null ? Directory.CreateTempSubdirectory("cri-bench-").FullName : null;
        BenchOptions options = ToOptions(parsed, parsed.GetValue(LogDirectory) ?? temporary!);
        Measurements measurements = new();
        try
        {
            await new BenchRun(options, measurements).ExecuteAsync(cancellation);
        }
        catch (RpcException error)
        {
            await Console.Error.WriteLineAsync($"cri-bench: {error.Status.Detail}");
            return 1;
        }
        catch (OperationCanceledException)
        {
            await Console.Error.WriteLineAsync("cri-bench: interrupted; what was measured until then:");
        }
        finally
        {
            if (temporary is not null)
            {
                Directory.Delete(temporary, recursive: true);
            }
        }

        Report report = new(measurements, [.. options.Targets.Select(target => target.Name)], options.Baseline);
        Write(report, parsed.GetValue(Output)!);
        return cancellation.IsCancellationRequested ? 130 : 0;
    }

    private static BenchOptions ToOptions(ParseResult parsed, string logs)
    {
        TargetAddress[] targets = parsed.GetValue(Targets)!;
        return new BenchOptions(
            targets,
            parsed.GetValue(Baseline) ?? targets[^1].Name,
            parsed.GetValue(Image)!,
            parsed.GetValue(PullImages) ?? [],
            parsed.GetValue(Iterations),
            parsed.GetValue(Parallel)!,
            parsed.GetValue(Pid) switch { "container" => [PidMode.Container], "pod" => [PidMode.Pod], _ => [PidMode.Container, PidMode.Pod] },
            parsed.GetValue(Scenarios)!,
            parsed.GetValue(MemoryPods),
            parsed.GetValue(ListContainers),
            parsed.GetValue(PollingPods),
            parsed.GetValue(ProbeRate),
            parsed.GetValue(ProbeSeconds),
            logs,
            parsed.GetValue(Handler)!);
    }

    private static void Write(Report report, string form)
    {
        switch (form)
        {
            case "json":
                using (Stream output = Console.OpenStandardOutput())
                {
                    report.WriteJson(output);
                }

                break;
            case "markdown":
                report.WriteMarkdown(Console.Out);
                break;
            default:
                report.WriteTable(Console.Out);
                break;
        }
    }

    private static TargetAddress[] ParseTargets(ArgumentResult result)
    {
        List<TargetAddress> targets = [];
        foreach (Token token in result.Tokens)
        {
            if (TargetAddress.TryParse(token.Value) is not TargetAddress target)
            {
                result.AddError($"--target is name=unix:///path[,cgroup=/path], not '{token.Value}'");
                return [];
            }

            targets.Add(target);
        }

        return [.. targets];
    }

    private static int[] ParseNumbers(ArgumentResult result)
    {
        List<int> numbers = [];
        foreach (string word in result.Tokens.SelectMany(token => token.Value.Split(',')))
        {
            if (!int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out int number) || number == 0)
            {
                result.AddError($"'{word}' is not a number of pods");
                return [];
            }

            numbers.Add(number);
        }

        return [.. numbers];
    }

    private static string[] ParseScenarios(ArgumentResult result)
    {
        string[] names = [.. result.Tokens.SelectMany(token => token.Value.Split(','))];
        if (names.Except(NamedScenarios).FirstOrDefault() is string unknown)
        {
            result.AddError($"there is no scenario '{unknown}': {string.Join(", ", NamedScenarios)}");
        }

        return names;
    }
}
