using Crid.Core;
using Crid.Linux;

namespace Crid.Runtimes;

/// <summary>How one OCI runtime is called.</summary>
internal sealed class RuntimeProgram
{
    private readonly RuntimeHandlerOptions _options;
    private readonly IProgramRunner _programs;
    private readonly IReadOnlyList<string> _globalOptions;

    public RuntimeProgram(RuntimeHandlerOptions options, CgroupDriver driver, TimeSpan callTimeout, RuntimeServices services)
    {
        CallTimeout = callTimeout;
        _options = options;
        _programs = services.Programs;
        Driver = driver;
        StateDirectory = options.Root ?? $"{services.Directories.Runtimes}/{options.Name}";
        _globalOptions =
        [
            .. options.Options, "--root", StateDirectory, "--log-format", "json", .. driver == CgroupDriver.Systemd ? (string[])["--systemd-cgroup"] : [],
        ];
    }

    public string Name => _options.Name;

    public CgroupDriver Driver { get; }

    /// <summary>How long a call may take.</summary>
    public TimeSpan CallTimeout { get; }

    /// <summary>Where the runtime has a directory for each of its containers.</summary>
    public string StateDirectory { get; }

    public HandlerRules Rules => _options.Rules;

    /// <summary>The whole argv of a call that leaves its errors in a file.</summary>
    public IReadOnlyList<string> Command(string logFile, params IEnumerable<string> arguments) =>
        [_options.Path, .. _globalOptions, "--log", logFile, .. arguments];

    /// <summary>Runs a call to its end. Its errors are on its standard error.</summary>
    public async Task<ProgramResult> RunAsync(
        IReadOnlyList<string> arguments, ReadOnlyMemory<byte> input, TimeSpan timeout, CancellationToken cancellationToken)
    {
        ProgramRequest request = new() { Path = _options.Path, Arguments = [.. _globalOptions, .. arguments], Input = input, Timeout = timeout };
        using MeasuredWork work = RuntimesMetrics.Begin(Name, arguments[0]);
        try
        {
            ProgramResult result = await _programs.RunAsync(request, cancellationToken);
            if (result.ExitStatus == 0)
            {
                work.Succeed();
            }

            return result;
        }
        catch (LinuxException exception)
        {
            throw new CridException(ErrorKind.FailedPrecondition, $"run OCI runtime '{_options.Path}' of handler '{Name}': {exception.Message}", exception);
        }
    }

    /// <summary>Runs a call that has to succeed.</summary>
    /// <exception cref="CridException">FailedPrecondition, with the runtime's own words.</exception>
    public async Task ExecuteAsync(string doing, IReadOnlyList<string> arguments, ReadOnlyMemory<byte> input, CancellationToken cancellationToken)
    {
        ProgramResult result = await RunAsync(arguments, input, CallTimeout, cancellationToken);
        if (result.ExitStatus != 0)
        {
            string text = RuntimeErrors.LastMessage(result.ErrorOutput) ?? $"exit status {result.ExitStatus}";
            throw new CridException(ErrorKind.FailedPrecondition, $"{doing}: {text}");
        }
    }
}
