namespace Crid.Linux;

/// <summary>A started program with our ends of its pipes.</summary>
internal sealed class RunningProgram : IDisposable
{
    private RunningProgram(ProcessHandle handle, DescriptorReader output, DescriptorReader errorOutput, DescriptorWriter? input)
    {
        Handle = handle;
        Output = output;
        ErrorOutput = errorOutput;
        Input = input;
    }

    internal ProcessHandle Handle { get; }

    internal DescriptorReader Output { get; }

    internal DescriptorReader ErrorOutput { get; }

    /// <summary>Null where the program's input is /dev/null.</summary>
    internal DescriptorWriter? Input { get; }

    internal static RunningProgram Start(ProgramRequest request, EventLoop loop, ProgramLease? lease)
    {
        PipeEnds output = Descriptor.CreatePipe();
        PipeEnds errorOutput = Descriptor.CreatePipe();
        PipeEnds? input = request.Input.IsEmpty ? null : Descriptor.CreatePipe();
        int pid;
        try
        {
            pid = ProcessSpawner.Spawn(new SpawnRequest
            {
                Path = request.Path,
                Arguments = [request.Path, .. request.Arguments],
                Environment = request.Environment is null ? null : ToEntries(request.Environment),
                WorkingDirectory = request.WorkingDirectory,
                StandardInput = input?.Reader,
                StandardOutput = output.Writer,
                StandardError = errorOutput.Writer,
                ExtraFiles = lease is null ? [] : [lease.Handle],
                NewProcessGroup = true,
            });
        }
        catch
        {
            output.Reader.Dispose();
            errorOutput.Reader.Dispose();
            input?.Writer.Dispose();
            throw;
        }
        finally
        {
            output.Writer.Dispose();
            errorOutput.Writer.Dispose();
            input?.Reader.Dispose();
        }

        return new RunningProgram(
            ProcessHandle.Open(pid),
            new DescriptorReader(loop, output.Reader),
            new DescriptorReader(loop, errorOutput.Reader),
            input is PipeEnds ends ? new DescriptorWriter(loop, ends.Writer) : null);
    }

    /// <summary>Kills the program and what it has started in its process group.</summary>
    internal void Kill()
    {
        try
        {
            // Not reaped before the last use of this object, so the group's number can't be another's.
            ChildProcesses.SendSignal(-Handle.Pid, SignalNames.Kill);
        }
        catch (LinuxException e) when (e.Errno == Tmds.Linux.LibC.ESRCH)
        {
            Handle.SendSignal(SignalNames.Kill);
        }
    }

    public void Dispose()
    {
        Handle.Dispose();
        Output.Dispose();
        ErrorOutput.Dispose();
        Input?.Dispose();
    }

    private static List<string> ToEntries(IReadOnlyDictionary<string, string> environment)
    {
        List<string> entries = new(environment.Count);
        foreach ((string name, string value) in environment)
        {
            entries.Add($"{name}={value}");
        }

        return entries;
    }
}
