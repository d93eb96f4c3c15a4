namespace MatrixEdge.Beginning;

/// <summary>
/// Asks for one line at a time: on a terminal, where a wrong answer is asked for again, or of a program that pipes the answers,
/// one on each line, where it ends everything.
/// </summary>
/// <param name="mayStaySilent">Whether it is all right that nobody answers at all, as of a job without a terminal.</param>
internal sealed class Interview(TextReader input, TextWriter output, bool isTerminal, bool mayStaySilent)
{
    private bool _isAnswered;

    /// <summary>Nobody is there to answer.</summary>
    public bool IsSilent { get; private set; }

    /// <summary>The answer, or null where nobody is there.</summary>
    /// <param name="question">Without a colon.</param>
    /// <param name="preset">What an empty line stands for; null where an answer is needed.</param>
    /// <param name="findProblem">What is wrong with an answer, in words; null where nothing is.</param>
    /// <exception cref="InterviewEndedException">The answers ended too early, or one that was piped is wrong.</exception>
    public string? Ask(string question, string? preset, Func<string, string?> findProblem)
    {
        if (IsSilent)
            return null;

        var prompt = preset is null ? $"{question}: " : $"{question} [{preset}]: ";
        while (true)
        {
            if (isTerminal)
                output.Write(prompt);
            if (input.ReadLine() is not { } line)
            {
                if (isTerminal)
                    output.WriteLine();
                if (!isTerminal && mayStaySilent && !_isAnswered)
                {
                    IsSilent = true;
                    return null;
                }

                throw new InterviewEndedException(isTerminal || _isAnswered
                    ? $"there is no answer to \"{question}\""
                    : "there is no terminal to ask questions on; give --from FILE, or the answers by standard input, one on each line");
            }

            _isAnswered = true;
            if (!isTerminal)
                output.WriteLine(prompt + line);
            var answer = line.Trim() is { Length: > 0 } given ? given : preset ?? "";
            if (findProblem(answer) is not { } problem)
                return answer;
            if (!isTerminal)
                throw new InterviewEndedException($"the answer to \"{question}\": {problem}");
            output.WriteLine($"  {problem}");
        }
    }

    /// <summary>Yes or no, or null where nobody is there.</summary>
    /// <exception cref="InterviewEndedException">As <see cref="Ask"/>.</exception>
    public bool? AskYesOrNo(string question, bool preset) =>
        Ask(question, preset ? "yes" : "no", answer => IsYes(answer) || IsNo(answer) ? null : "answer yes or no") is { } answer ? IsYes(answer) : null;

    private static bool IsYes(string answer) => answer.Equals("yes", StringComparison.OrdinalIgnoreCase) || answer.Equals("y", StringComparison.OrdinalIgnoreCase);

    private static bool IsNo(string answer) => answer.Equals("no", StringComparison.OrdinalIgnoreCase) || answer.Equals("n", StringComparison.OrdinalIgnoreCase);
}
