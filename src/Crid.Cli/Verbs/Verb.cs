using System.CommandLine;
using Crid.Core;
using Grpc.Core;

namespace Crid.Cli;

/// <summary>Runs what a verb does: connects, listens for signals and turns every expected failure into one line and an exit code.</summary>
internal static class Verb
{
    public delegate Task<int> Work(ParseResult parsed, VerbContext context, CancellationToken cancellation);

    /// <summary>Gives the command the common options and makes it run <paramref name="work"/>.</summary>
    public static void Attach(Command command, CommonOptions options, Work work)
    {
        options.AddTo(command);
        command.SetAction(parsed => InvokeAsync(parsed, options, work));
    }

    /// <summary>Does something for each name and prints it; where one fails, its error is printed and the others still have their turn.</summary>
    public static async Task<int> ForEachAsync(VerbContext context, IEnumerable<string> names, Func<string, Task> work)
    {
        int exitCode = ExitCodes.Success;
        foreach (string name in names)
        {
            try
            {
                await work(name);
                await context.Output.WriteLineAsync(name);
            }
            catch (CliException error)
            {
                await context.Error.WriteLineAsync($"crid: {error.Message}");
                exitCode = error.ExitCode;
            }
            catch (RpcException error) when (error.StatusCode is not (StatusCode.Cancelled or StatusCode.Unavailable))
            {
                await context.Error.WriteLineAsync($"crid: {CallErrors.Describe(error, context.Daemon.Address)}");
                exitCode = ExitCodes.Failure;
            }
        }

        return exitCode;
    }

    private static async Task<int> InvokeAsync(ParseResult parsed, CommonOptions options, Work work)
    {
        using Terminal terminal = Terminal.OfProcess();
        using Interrupts interrupts = Interrupts.Listen();
        return await InvokeAsync(parsed, options, work, terminal, interrupts);
    }

    private static async Task<int> InvokeAsync(ParseResult parsed, CommonOptions options, Work work, Terminal terminal, Interrupts interrupts)
    {
        DaemonAddress? address = null;
        try
        {
            using DaemonConnection daemon = options.Connect(parsed);
            address = daemon.Address;
            return await work(parsed, new VerbContext(daemon, terminal, options.Format(parsed), interrupts), interrupts.First);
        }
        catch (Exception error) when (interrupts.First.IsCancellationRequested && IsCancellation(error))
        {
            return ExitCodes.Interrupted;
        }
        catch (CliException error)
        {
            return await FailAsync(terminal, error.Message, error.ExitCode);
        }
        catch (RpcException error)
        {
            return await FailAsync(terminal, CallErrors.Describe(error, address!), ExitCodes.Failure);
        }
        catch (Exception error) when (error is CridException or IOException or UnauthorizedAccessException)
        {
            return await FailAsync(terminal, error.Message, ExitCodes.Failure);
        }
    }

    private static bool IsCancellation(Exception error) =>
        error is OperationCanceledException or RpcException { StatusCode: StatusCode.Cancelled };

    private static async Task<int> FailAsync(Terminal terminal, string message, int exitCode)
    {
        await terminal.Error.WriteLineAsync($"crid: {message}");
        return exitCode;
    }
}
