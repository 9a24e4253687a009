using System.CommandLine;
using System.Globalization;
using Crid.Core;
using Crid.Linux;

namespace Crid.Daemon;

/// <summary><c>crid debug bundle</c>.</summary>
internal static class DebugCommand
{
    public static Command Create() => new("debug", "Help with a problem") { Bundle() };

    private static Command Bundle()
    {
        Option<string> configuration = ConfigurationOption.Create();
        Option<string?> file = new("--file", "-f") { Description = "Where to write it; by default crid-debug-TIME.tar.gz here", HelpName = "FILE" };
        Command command = new("bundle", "Collect what a bug report needs in one file: configuration, versions, state and logs, without secrets") { configuration, file };
        command.SetAction(async (result, cancellationToken) =>
        {
            LoadedConfiguration loaded = ConfigurationLoader.Load(result.GetValue(configuration)!);
            string time = TimeProvider.System.GetUtcNow().ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture);
            string path = Path.GetFullPath(result.GetValue(file) ?? $"crid-debug-{time}.tar.gz");
            using EventLoop loop = new();
            DebugBundle bundle = new(
                loaded.Options,
                ConfigurationWriter.WriteEffective(loaded),
                new ProgramRunner(loop, TimeProvider.System),
                Environment.ProcessPath ?? throw CridException.FailedPrecondition("the path of this program is not known"));
            try
            {
                IReadOnlyList<string> files = await bundle.WriteAsync(path, cancellationToken);
                await result.InvocationConfiguration.Output.WriteLineAsync($"{path}: {files.Count} files; look through them before you hand them on");
                return 0;
            }
            catch (IOException exception)
            {
                throw new CridException(ErrorKind.FailedPrecondition, $"write '{path}': {exception.Message}", exception);
            }
        });
        return command;
    }
}
